"""Other programs' models as styles straight away, without the package onnx."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from onnx import TensorProto, helper, save

from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import StyleError
from nstcam.realtime.frame import Frame, resize
from nstcam.realtime.live.restore import choose_styles
from nstcam.realtime.style_files.foreign import Foreign
from nstcam.realtime.style_files.library import find_style, list_styles
from nstcam.realtime.style_files.style import Style, read_style
from tests.support.models.tiny import write_clashing_model, write_zoo_model


def blocks(height: int, width: int) -> Frame:
    """Random colours in squares of 2x2, which halving and doubling leaves as they are."""
    drawn = np.random.default_rng(2).integers(0, 256, (-(-height // 2), -(-width // 2), 3), np.uint8)
    return np.ascontiguousarray(np.repeat(np.repeat(drawn, 2, 0), 2, 1)[:height, :width])


def without_red(frame: Frame) -> Frame:
    meant = frame.copy()
    meant[:, :, 2] = 255 - frame[:, :, 2]
    return meant


@pytest.mark.parametrize(("white", "size", "opset"), [(255, 224, 9), (1, "side", 9), (255, 64, 7), (255, 64, 8)])
def test_a_model_of_the_zoo_is_a_style_at_any_size(tmp_path: Path, white: int, size: int | str, opset: int) -> None:
    path = write_zoo_model(tmp_path / "My Mosaic.onnx", white, size, opset=opset)
    if opset < 9:  # Upsample had its scales elsewhere
        write_with_attributes(path, opset)
    style = find_style(str(path))
    assert (style.name, style.title, style.licence) == ("my-mosaic", "My Mosaic", "")
    assert style.foreign == Foreign(("input1", "output1"), white)
    assert not style.is_local
    told = list[str]()
    with Stylizer(style, "cpu", tell=told.append) as stylizer:
        stylizer.warm_up(50, 67)
        for height, width in ((48, 64), (50, 67), (33, 91)):
            frame = blocks(height, width)
            before = frame.copy()
            painted = stylizer.stylize(frame)
            # an odd side is completed by its last row, so its squares stay whole
            assert np.abs(painted.astype(int) - without_red(frame)).max() <= 1
            assert (frame == before).all()
    assert told == [
        "My Mosaic.onnx is another program's model, licence unknown; "
        "nst-export --import makes a style of it, with credits"
    ]


def write_with_attributes(path: Path, opset: int) -> None:
    """The same model for opsets 7 and 8."""
    negative = np.array([[-1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32).reshape(3, 3, 1, 1)
    weights = [
        helper.make_tensor("kernel", TensorProto.FLOAT, negative.shape, negative.ravel()),
        helper.make_tensor("bias", TensorProto.FLOAT, (3,), [255, 0, 0]),
    ]
    nodes = [
        helper.make_node("AveragePool", ["input1"], ["small"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Conv", ["small", "kernel", "bias"], ["painted"]),
        helper.make_node("Upsample", ["painted"], ["output1"], mode="nearest", scales=[1.0, 1.0, 2.0, 2.0]),
    ]
    ports = [helper.make_tensor_value_info(name, 1, [1, 3, 64, 64]) for name in ("input1", "output1")]
    graph = helper.make_graph(nodes, "zoo", ports[:1], ports[1:], weights)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=4), str(path))


def test_a_model_of_one_size_gets_the_picture_with_a_border(tmp_path: Path) -> None:
    style = find_style(str(write_zoo_model(tmp_path / "only.onnx", 255, 224, only=True)))
    assert style.foreign == Foreign(("input1", "output1"), 255, (224, 224))
    soft = resize(blocks(8, 8), (480, 270))
    with Stylizer(style, "cpu") as stylizer:
        stylizer.warm_up(270, 480)
        for frame in (soft, soft.transpose(1, 0, 2), soft[:100, :100]):
            painted = stylizer.stylize(np.ascontiguousarray(frame))
            assert painted.shape == frame.shape
            assert np.abs(painted.astype(int) - without_red(frame)).mean() < 4


def test_the_border_repeats_the_picture() -> None:
    seen = list[Frame]()

    def paint(frame: Frame) -> Frame:
        seen.append(frame)
        return frame

    frame = np.full((50, 100, 3), 90, np.uint8)
    assert (Foreign(("x", "y"), 255, (64, 64)).around(frame, paint) == 90).all()
    assert (Foreign(("x", "y"), 255).around(frame, paint) == 90).all()
    assert [each.shape for each in seen] == [(64, 64, 3), (52, 100, 3)]
    assert all((each == 90).all() for each in seen)


@pytest.mark.parametrize(("side", "method"), [(128, cv2.INTER_AREA), (40, cv2.INTER_LINEAR)])
def test_the_picture_shrinks_by_means_and_grows_linearly(side: int, method: int) -> None:
    frame = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    seen = np.asarray(cv2.resize(frame, (64, 64), interpolation=method), np.uint8)
    back = cv2.resize(seen, (side, side), interpolation=cv2.INTER_LINEAR)
    assert np.array_equal(Foreign(("x", "y"), 255, (64, 64)).around(frame, lambda given: given), back)


@pytest.mark.parametrize(("size_hw", "inside"), [((50, 100), (16, 48)), ((100, 50), (16, 48))])
def test_the_picture_keeps_its_shape_within_the_border(size_hw: tuple[int, int], inside: tuple[int, int]) -> None:
    """A frame half as high as wide fills the middle half of a square, and the other way round."""
    seen = list[Frame]()

    def paint(frame: Frame) -> Frame:
        seen.append(frame)
        return frame

    frame = np.full((*size_hw, 3), 90, np.uint8)
    axis = int(np.argmin(size_hw))
    edges = (0, -1)
    frame.swapaxes(0, axis)[edges, :] = 0
    Foreign(("x", "y"), 255, (64, 64)).around(frame, paint)
    lines = seen[0].swapaxes(0, axis)[:, 32, 0]
    assert np.flatnonzero(lines > 80).tolist() == list(range(inside[0] + 1, inside[1] - 1))


def test_the_package_onnx_is_not_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_zoo_model(tmp_path / "zoo.onnx", 255)
    monkeypatch.setitem(sys.modules, "onnx", None)
    Stylizer(find_style(str(path)), "cpu").close()


def test_lists_and_packs_take_no_foreign_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path))
    path, why = write_zoo_model(tmp_path / "zoo.onnx", 255), list[StyleError]()
    assert "zoo" not in [style.name for style in list_styles(why.append)]
    assert f"nst-export --import {path} makes one of it" in str(why[0])


def test_a_saved_foreign_model_is_used_again(tmp_path: Path) -> None:
    path = write_zoo_model(tmp_path / "zoo.onnx", 255)
    told = list[str]()
    styles, first = choose_styles((), (), str(path), told.append)
    assert (styles[first].name, told) == ("zoo", [])


def refused(path: Path) -> str:
    with pytest.raises(StyleError) as caught:
        find_style(str(path))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_models_that_do_not_fit_are_refused_with_what_they_have(tmp_path: Path) -> None:
    path = tmp_path / "a.onnx"
    write_zoo_model(path, 255, channels=4)
    said = refused(path)
    assert "a model with input1 tensor(float) [1, 4, 224, 224]; output1 tensor(float) [1, 3, 224, 224]; " in said
    assert said.endswith("needed: one input and one output, float32 [batch, 3, height, width]")
    port = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, side, side])
        for name, side in (("x", 64), ("y", 32))
    ]
    half = helper.make_node("AveragePool", ["x"], ["y"], kernel_shape=[2, 2], strides=[2, 2])
    graph = helper.make_graph([half], "half", port[:1], port[1:])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=8), str(path))
    assert "makes 32x32 of a picture of 64x64; nst-export --import" in refused(path)


@pytest.mark.parametrize(("inputs", "outputs"), [(2, 1), (1, 2)])
def test_a_model_of_several_pictures_is_no_style(tmp_path: Path, inputs: int, outputs: int) -> None:
    given, made = (
        [helper.make_tensor_value_info(f"{name}{n}", TensorProto.FLOAT, [1, 3, 64, 64]) for n in range(count)]
        for name, count in (("x", inputs), ("y", outputs))
    )
    nodes = [helper.make_node("Add", ["x0", f"x{inputs - 1}"], [f"y{n}"]) for n in range(outputs)]
    graph = helper.make_graph(nodes, "several", given, made)
    path = tmp_path / "a.onnx"
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=8), str(path))
    assert "is not an nstcam style but a model with x0 tensor(float) [1, 3, 64, 64]; " in refused(path)


def test_a_model_may_use_the_names_of_our_ports(tmp_path: Path) -> None:
    style = find_style(str(write_clashing_model(tmp_path / "clash.onnx")))
    assert style.foreign == Foreign(("stylized", "frame"), 255)
    frame = blocks(48, 64)
    with Stylizer(style, "cpu") as stylizer:
        assert (stylizer.stylize(frame) == 255 - frame).all()


def test_the_style_says_what_it_is(tmp_path: Path) -> None:
    path = write_zoo_model(tmp_path / "zoo.onnx", 255)
    assert find_style(str(path)) == Style(
        path, "zoo", "zoo", network="foreign", foreign=Foreign(("input1", "output1"), 255)
    )
    with pytest.raises(StyleError, match="not an nstcam style"):
        read_style(path)
