"""Tests the canvas of exported styles: its offset, and its strength."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from nstcam.export.convert.exporter import export_style
from nstcam.export.convert.networks import build_graph
from nstcam.export.convert.parity import stylize_with
from nstcam.export.convert.quantize import build_int8_graph
from nstcam.export.convert.strength import CanvasStrength
from nstcam.realtime.engine.devices import CPU
from nstcam.realtime.engine.host_lane import HostLane
from nstcam.realtime.engine.sessions import open_session
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame
from nstcam.realtime.style_files.style import read_style
from nstcam.realtime.stylizing import Offset
from nstcam.train.errors import UsageError
from nstcam.train.network.networks import LiteNet
from tests.support.models.tiny import JOHNSON_ON_CANVAS, TINY_JOHNSON, TINY_LITE, random_checkpoint, random_network


def painted_by(model: onnx.ModelProto) -> Callable[[Frame, Offset], Frame]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])

    def paint(frame: Frame, offset: Offset) -> Frame:
        out: Frame = session.run(None, {"frame": frame[None], "canvas_offset": np.array(offset)})[0][0]
        return out

    return paint


@pytest.mark.parametrize(("build", "most"), [(build_graph, 1), (build_int8_graph, 0)])
def test_strokes_go_with_the_scene(build: Callable[[LiteNet], onnx.ModelProto], most: int) -> None:
    """A frame moved by 4 and 8 pixels on a canvas moved as far is painted the same, moved as far."""
    network = random_network(TINY_LITE)
    assert isinstance(network, LiteNet)
    paint = painted_by(build(network))
    scene = np.random.default_rng(0).integers(0, 256, (144, 160, 3), dtype=np.uint8)
    before, after = (np.ascontiguousarray(scene[top : top + 128, left : left + 144]) for top, left in ((8, 16), (4, 8)))
    still, moved, stuck = paint(before, Offset(5, 7)), paint(after, Offset(9, 15)), paint(after, Offset(5, 7))
    reach = 40  # pixels that a change at the border reaches inward: 1 + 2 + 4 + 2 cells, rounded up
    inner = slice(reach + 8, -reach - 8)
    expected = still[reach + 4 : -reach - 12, reach : -reach - 16]
    assert expected.shape == (32, 48, 3)
    assert np.abs(moved[inner, inner].astype(int) - expected).max() <= most
    assert np.abs(stuck[inner, inner].astype(int) - expected).mean() > 1, "the canvas must show"


@pytest.mark.parametrize("build", [build_graph, build_int8_graph])
def test_any_offset_is_taken_round_the_period(build: Callable[[LiteNet], onnx.ModelProto]) -> None:
    network = random_network(TINY_LITE)
    assert isinstance(network, LiteNet)
    paint = painted_by(build(network))
    frame = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    for far in (Offset(3 - 768, 5 + 12800), Offset(3 + 768_000_000, 5 - 1280)):
        assert np.array_equal(paint(frame, far), paint(frame, Offset(3, 5)))


def test_only_what_has_a_canvas_asks_for_its_offset(tmp_path: Path) -> None:
    for config, expected in (
        (TINY_LITE, True),
        (replace(TINY_LITE, canvas_channels=0), False),
        (TINY_JOHNSON, False),
        (JOHNSON_ON_CANVAS, True),
    ):
        style = read_style(export_style(random_checkpoint(config), tmp_path / "x.onnx").path)
        assert style.has_canvas is expected
        frame = np.full((32, 32, 3), 90, np.uint8)
        stylizer = Stylizer(style, "cpu")
        changed = not np.array_equal(stylizer.stylize(frame), stylizer.stylize(frame, Offset(4, 4)))
        assert changed is expected


@pytest.mark.parametrize(("down", "right"), [(0, 1), (2, 0), (1, 3), (-3, 2), (-1, -4)])
def test_strokes_go_with_the_scene_by_any_whole_pixel(tmp_path: Path, down: int, right: int) -> None:
    """The stylizer on the CPU moves the grid of cells as well; on the screen's grid strokes would change."""
    style = read_style(export_style(random_checkpoint(), tmp_path / "x.onnx").path)
    scene = np.random.default_rng(0).integers(0, 256, (144, 160, 3), dtype=np.uint8)
    before = np.ascontiguousarray(scene[8:136, 8:152])
    after = np.ascontiguousarray(scene[8 - down : 136 - down, 8 - right : 152 - right])
    with Stylizer(style, "cpu") as stylizer:
        still, moved = stylizer.stylize(before, Offset(5, 7)), stylizer.stylize(after, Offset(5 + down, 7 + right))
    expected = np.roll(still, (down, right), (0, 1))[44:-44, 44:-44]
    assert np.abs(moved[44:-44, 44:-44].astype(int) - expected).max() <= 1
    painted = painted_by(onnx.load(style.path))
    there = np.roll(painted(before, Offset(4, 8)), (down, right), (0, 1))[44:-44, 44:-44]
    on_the_screen = painted(after, Offset(4 + down, 8 + right))[44:-44, 44:-44]
    assert np.abs(on_the_screen.astype(int) - there).max() > 1, "the grid must show"


def test_sessions_of_a_fixed_size_move_their_canvas_as_well(tmp_path: Path) -> None:
    style = read_style(export_style(random_checkpoint(), tmp_path / "x.onnx").path)
    frame = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)

    def open_here(size_hw: tuple[int, int] | None = None, *, graph: bool = False) -> Any:
        return open_session(style.path, CPU, size_hw=size_hw)

    lane = HostLane(None, open_here)
    any_size = Stylizer(style, "cpu")
    for offset in (Offset(8, -4), Offset(-4, 200)):
        expected = any_size.stylize(frame, offset).astype(np.int16)
        # What is constant is computed when the session opens, by other code: a value on the edge between two levels may
        # fall on the other side.
        apart, unmoved = np.abs(lane.stylize(frame, offset) - expected), np.abs(lane.stylize(frame) - expected)
        assert (apart.max() <= 1, apart.mean() < 0.001) == (True, True)
        assert unmoved.mean() > 100 * 0.001


def test_a_weaker_canvas_is_the_network_with_smaller_weights(tmp_path: Path) -> None:
    checkpoint = random_checkpoint()
    network = random_network(TINY_LITE)
    assert isinstance(network, LiteNet)
    assert network.canvas_conv is not None
    with torch.no_grad():
        network.canvas_conv.weight.mul_(0.5)
    done = export_style(checkpoint, tmp_path / "x.onnx", canvas=CanvasStrength(0.5))
    frame = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    painted = Stylizer(read_style(done.path), "cpu").stylize(frame)
    assert np.abs(painted.astype(int) - stylize_with(network, frame)).max() <= 1
    props = {p.key: p.value for p in onnx.load(done.path).metadata_props}
    assert (props["nst.canvas"], props["nst.canvas_patches"]) == ("0.5", "1")


def test_weaker_patches_scale_the_coarse_channels_only() -> None:
    checkpoint = random_checkpoint(replace(TINY_LITE, canvas_channels=8))
    key = "canvas_conv.weight"
    weight = torch.rand_like(checkpoint.weights[key]) + 0.5
    checkpoint = replace(checkpoint, weights={**checkpoint.weights, key: weight})
    scaled = CanvasStrength(0.5, 0.25).applied_to(checkpoint).weights[key]
    assert torch.equal(scaled[:, :4], weight[:, :4] * 0.5)
    assert torch.equal(scaled[:, 4:], weight[:, 4:] * 0.125)
    assert torch.equal(checkpoint.weights[key], weight)


def test_without_its_canvas_flat_ground_is_flat(tmp_path: Path) -> None:
    frame, spread = np.full((160, 160, 3), 120, np.uint8), []
    for canvas in (0.0, 0.5, 1.0):
        style = export_style(random_checkpoint(), tmp_path / "x.onnx", check=False, canvas=CanvasStrength(canvas)).path
        cells = Stylizer(read_style(style), "cpu").stylize(frame)[48:112, 48:112].reshape(16, 4, 16, 4, 3)
        spread.append(float(cells.std((0, 2)).mean()))
    assert spread[0] == 0
    assert 0 < spread[1] < spread[2]


def test_without_a_canvas_there_is_nothing_to_weaken(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError,
        match=r"^--canvas 0.5 --patches 0: tiny was trained without a canvas; leave the option out$",
    ):
        export_style(random_checkpoint(TINY_JOHNSON), tmp_path / "x.onnx", canvas=CanvasStrength(0.5, 0))
    assert not list(tmp_path.iterdir())
