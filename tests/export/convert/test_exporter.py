from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from nstcam.export.cli import nst_export
from nstcam.export.convert import fold
from nstcam.export.convert.exporter import export_style
from nstcam.export.convert.frame_cells import FrameSize, reflected_frame
from nstcam.export.convert.graph import GraphBuilder
from nstcam.export.convert.networks import build_graph, macs_per_pixel
from nstcam.export.convert.parity import stylize_with
from nstcam.export.convert.quantize import build_int8_graph
from nstcam.export.convert.strength import CanvasStrength
from nstcam.export.errors import ExportError
from nstcam.realtime.engine.devices import CPU
from nstcam.realtime.engine.host_lane import HostLane
from nstcam.realtime.engine.sessions import open_session
from nstcam.realtime.engine.style import find_style, read_style
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame
from nstcam.realtime.stylizing import Offset
from nstcam.train.errors import UsageError
from nstcam.train.network.networks import PRESETS, LiteNet, NetworkConfig, TransformerNet, build_network
from tests.support.models import JOHNSON_ON_CANVAS, TINY_JOHNSON, TINY_LITE, random_checkpoint, random_network


def test_sub_pixel_convolution_equals_resize_and_convolution() -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(5, 3, 3, padding=1)
    x = torch.randn(2, 5, 7, 9)
    weight, bias = fold.sub_pixel(fold.kernel(conv))
    with torch.no_grad():
        expected = conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))
        assert torch.allclose(F.pixel_shuffle(F.conv2d(x, weight, bias, padding=1), 2), expected, atol=1e-5)


def test_sub_pixel_convolution_of_a_reflected_map_repeats_the_edge() -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(5, 3, 3)
    x = torch.randn(2, 5, 7, 9)
    weight, bias = fold.sub_pixel(fold.kernel(conv))
    with torch.no_grad():
        expected = conv(F.pad(F.interpolate(x, scale_factor=2.0, mode="nearest"), (1, 1, 1, 1), mode="reflect"))
        merged = F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), weight, bias)
        assert torch.allclose(F.pixel_shuffle(merged, 2), expected, atol=1e-5)


def test_multiplications_are_counted_as_they_run() -> None:
    johnson = build_network(PRESETS["johnson"])
    assert macs_per_pixel(johnson) * 640 * 480 == pytest.approx(47.27e9, rel=0.001)
    lite = random_checkpoint(PRESETS["lite"]).build()
    assert macs_per_pixel(lite) == ((48 * 32 + 8 * 32 + 10 * 32 * 32) * 9 + (32 * 64 + 64 * 48) * 4) / 16
    lite.weaken_patches(0)
    assert macs_per_pixel(lite) == ((48 * 32 + 4 * 32 + 10 * 32 * 32) * 9 + (32 * 64 + 64 * 48) * 4) / 16


@pytest.mark.parametrize(
    "config", [TINY_LITE, TINY_JOHNSON, JOHNSON_ON_CANVAS], ids=["lite", "johnson", "johnson on canvas"]
)
@pytest.mark.parametrize(("precision", "most"), [("float32", 1), ("float16", 8)])
def test_exported_styles_paint_what_was_trained(
    tmp_path: Path, config: NetworkConfig, precision: str, most: int
) -> None:
    checkpoint = random_checkpoint(config)
    done = export_style(checkpoint, tmp_path / "x.onnx", precision)  # type: ignore[arg-type]
    assert done.parity is not None
    assert done.parity.largest <= most
    stored = {
        (len(w.dims) > 1, w.data_type)
        for w in onnx.load(tmp_path / "x.onnx").graph.initializer
        if w.name.startswith("w_")
    }
    others = onnx.TensorProto.FLOAT if precision == "float32" else onnx.TensorProto.FLOAT16
    assert stored == {(True, onnx.TensorProto.FLOAT16), (False, others)}, "kernels in half precision"


@pytest.mark.parametrize("border", [0, 4])
@pytest.mark.parametrize("size_hw", [(32, 32), (33, 35), (34, 47), (35, 33), (48, 64)])
def test_a_frame_is_reflected_as_by_padding(size_hw: tuple[int, int], border: int) -> None:
    g = GraphBuilder()
    reflected = reflected_frame(g, FrameSize.of_input(g), border)
    g.op("Identity", reflected, output="stylized")
    session = onnxruntime.InferenceSession(g.model().SerializeToString(), providers=["CPUExecutionProvider"])
    frames = np.random.default_rng(0).integers(0, 256, (2, *size_hw, 3), dtype=np.uint8)
    sides = [(border, border + -length % 4) for length in size_hw]
    expected = np.pad(frames, ((0, 0), *sides, (0, 0)), "reflect")
    assert np.array_equal(session.run(None, {"frame": frames})[0], expected)


def test_frames_in_a_batch_do_not_mix(tmp_path: Path) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (2, 40, 60, 3), dtype=np.uint8)
    network = random_network(TINY_LITE)
    assert isinstance(network, LiteNet)
    session = onnxruntime.InferenceSession(build_graph(network).SerializeToString(), providers=["CPUExecutionProvider"])
    (stylized,) = session.run(None, {"frame": frames, "canvas_offset": np.array([2, -5])})
    for frame, out in zip(frames, stylized, strict=True):
        assert np.abs(out.astype(int) - stylize_with(network, frame, Offset(2, -5))).max() <= 1


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


def test_sessions_of_a_fixed_size_move_their_canvas_as_well(tmp_path: Path) -> None:
    style = read_style(export_style(random_checkpoint(), tmp_path / "x.onnx").path)
    frame = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    lane, any_size = HostLane(open_session(style.path, CPU, size_hw=(48, 64))), Stylizer(style, "cpu")
    for offset in (Offset(9, 2), Offset(-1, 200)):
        expected = any_size.stylize(frame, offset).astype(np.int16)
        # What is constant is computed when the session opens, by other code: a value on the edge between two levels may
        # fall on the other side.
        apart, unmoved = np.abs(lane.stylize(frame, offset) - expected), np.abs(lane.stylize(frame) - expected)
        assert (apart.max() <= 1, apart.mean() < 0.001) == (True, True)
        assert unmoved.mean() > 100 * 0.001


def test_saturated_output_is_clipped_not_wrapped(tmp_path: Path) -> None:
    checkpoint = random_checkpoint()
    checkpoint.weights["up2.bias"] = torch.tensor([5.0, -5.0, 0.5]).repeat_interleave(16)
    style = export_style(checkpoint, tmp_path / "x.onnx").path
    out = Stylizer(read_style(style), "cpu").stylize(np.full((32, 32, 3), 128, np.uint8))
    assert (out[..., 2] == 255).all(), "red"
    assert (out[..., 1] == 0).all(), "green"


@pytest.mark.parametrize("size", [(32, 32), (33, 35), (47, 130)])
def test_any_size_is_kept(tmp_path: Path, size: tuple[int, int]) -> None:
    for config in (TINY_LITE, TINY_JOHNSON):
        style = export_style(random_checkpoint(config), tmp_path / f"{config.kind}.onnx", check=False).path
        assert Stylizer(read_style(style), "cpu").stylize(np.zeros((*size, 3), np.uint8)).shape == (*size, 3)


def test_identity_travels_into_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path))
    export_style(random_checkpoint(name="mine"), tmp_path / "mine.onnx")
    style = find_style("mine")
    assert (style.name, style.title, style.artist, style.year, style.licence, style.network, style.precision) == (
        "mine", "Tiny", "Nobody", "2026", "MIT", "lite", "float32",
    )  # fmt: skip
    assert not style.bundled


def test_what_the_training_was_not_told_can_be_said_at_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path))
    random_checkpoint(name="mine").save(tmp_path / "checkpoint.pt")
    words = ("nst-export", str(tmp_path / "checkpoint.pt"), "--title", "Die Welle", "--year", "", "--no-check")
    monkeypatch.setattr("sys.argv", list(words))
    with pytest.raises(SystemExit) as done:
        nst_export.main()
    assert not done.value.code
    for style in (find_style("mine"), read_style(tmp_path / "mine.int8.onnx")):
        assert (style.title, style.artist, style.year, style.licence) == ("Die Welle", "Nobody", "", "MIT")


def test_a_graph_that_differs_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(network: TransformerNet | LiteNet, float_type: type) -> onnx.ModelProto:
        assert isinstance(network, LiteNet)
        with torch.no_grad():
            bias = network.up2.bias
            assert bias is not None
            bias.add_(0.1)
        return build_graph(network, float_type)

    monkeypatch.setattr("nstcam.export.convert.exporter.build_graph", wrong)
    target = tmp_path / "x.onnx"
    target.write_text("the old style")
    with pytest.raises(ExportError, match="differs from the trained network by up to"):
        export_style(random_checkpoint(), target)
    assert target.read_text() == "the old style"
    assert [p.name for p in tmp_path.iterdir()] == ["x.onnx"], "nothing left behind"


def test_an_unwritable_target_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="cannot be written"):
        export_style(random_checkpoint(), tmp_path / "file" / "x.onnx")


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


@pytest.mark.parametrize("words", [("--output", "x.txt"), ("--name", "../x"), ("--canvas", "2"), ("--nonsense",)])
def test_a_wrong_command_line_is_one_line_and_exits_with_2(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["nst-export", "missing.pt", *words])
    with pytest.raises(SystemExit) as done:
        nst_export.main()
    assert done.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("nst-export: ")
    assert error.count("\n") == 1
