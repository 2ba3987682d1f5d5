"""Tests other people's ONNX models: what is imported paints what the model paints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from nstcam.export.convert.foreign_onnx import wrapped_model
from nstcam.export.errors import ExportError
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.style_files.style import read_style
from nstcam.train.network.checkpoint import StyleIdentity
from tests.support.models.tiny import write_clashing_model, write_zoo_model

NAME = StyleIdentity("mosaic", licence="BSD")


@pytest.mark.parametrize(("white", "size", "bgr"), [(255, 224, False), (1, "side", False), (255, 224, True)])
def test_a_model_of_the_zoo_paints_at_any_size(tmp_path: Path, white: int, size: int | str, bgr: bool) -> None:
    model = wrapped_model(write_zoo_model(tmp_path / "zoo.onnx", white, size), NAME, bgr=bgr)
    onnx.save(model, str(tmp_path / "mosaic.onnx"))
    style = read_style(tmp_path / "mosaic.onnx")
    assert (style.name, style.licence, style.network, style.is_local) == ("mosaic", "BSD", "foreign", False)
    stylizer = Stylizer(style, "cpu")
    for height, width in ((48, 64), (50, 67)):
        blocks = np.repeat(np.repeat(np.random.default_rng(2).integers(0, 256, (40, 40, 3)), 2, 0), 2, 1)
        frame = np.ascontiguousarray(blocks[:height, :width]).astype(np.uint8)
        meant = frame.copy()
        red = 0 if bgr else 2
        meant[:, :, red] = 255 - frame[:, :, red]
        assert np.abs(stylizer.stylize(frame).astype(int) - meant).max() <= 1
    stylizer.close()


@pytest.mark.parametrize("opset", [13, 17, 21])
def test_a_model_of_a_newer_opset_keeps_it(tmp_path: Path, opset: int) -> None:
    model = wrapped_model(write_clashing_model(tmp_path / "clash.onnx", opset), NAME)
    assert [each.version for each in model.opset_import] == [max(opset, 14)]
    onnx.save(model, str(tmp_path / "mosaic.onnx"))
    frame = np.random.default_rng(2).integers(0, 256, (41, 50, 3)).astype(np.uint8)
    with Stylizer(read_style(tmp_path / "mosaic.onnx"), "cpu") as stylizer:
        assert (stylizer.stylize(frame) == 255 - frame).all()


def test_models_that_do_not_fit_are_refused_with_what_they_have(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"has input1 float \[1, 4, 224, 224\]; output1 .*; needed: one input"):
        wrapped_model(write_zoo_model(tmp_path / "a.onnx", 255, channels=4), NAME)
    (tmp_path / "a.onnx").write_bytes(b"no model")
    with pytest.raises(ExportError, match="is not an ONNX model or is damaged"):
        wrapped_model(tmp_path / "a.onnx", NAME)
    port = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, 8, 8]) for name in ("x", "y")]
    half = helper.make_node("AveragePool", ["x"], ["y"], kernel_shape=[2, 2], strides=[2, 2])
    graph = helper.make_graph([half], "half", port[:1], [helper.make_tensor_value_info("y", 1, [1, 3, 4, 4])])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)]), str(tmp_path / "a.onnx"))
    with pytest.raises(
        ExportError, match="makes 48x32 of a picture of 96x64; the output must be as large as the input"
    ):
        wrapped_model(tmp_path / "a.onnx", NAME)
