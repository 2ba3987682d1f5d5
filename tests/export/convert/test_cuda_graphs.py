"""Tests that CUDA has a kernel for every node of a floating-point style, which its fast path needs. No GPU needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper

from nstcam.export.convert.graph import OPSET
from nstcam.export.convert.networks import build_graph
from nstcam.realtime.engine.half import in_half
from nstcam.realtime.style_files.contract import INT8_SUFFIX
from nstcam.realtime.style_files.style import BUNDLED_STYLES
from nstcam.train.network.networks import NetworkConfig
from tests.support.models import cuda_kernels
from tests.support.models.cuda_kernels import lacking, waiting_for_the_host
from tests.support.models.tiny import JOHNSON_ON_CANVAS, TINY_JOHNSON, TINY_LITE, random_network

BUNDLED = [path for path in sorted(BUNDLED_STYLES.glob("*.onnx")) if not path.name.endswith(INT8_SUFFIX)]

NETWORKS = {
    "lite": TINY_LITE,
    "lite without canvas": replace(TINY_LITE, canvas_channels=0),
    "johnson": TINY_JOHNSON,
    "johnson on canvas": JOHNSON_ON_CANVAS,
}


def of_fixed_size(model: onnx.ModelProto, folder: Path, size_hw: tuple[int, int] = (48, 68)) -> onnx.ModelProto:
    """The graph once ONNX Runtime has computed all that depends on neither the frame nor the canvas's offset."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(folder / "fixed.onnx")
    for name, value in (("batch", 1), ("height", size_hw[0]), ("width", size_hw[1])):
        options.add_free_dimension_override_by_name(name, value)
    onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return onnx.load(folder / "fixed.onnx")


def kinds(model: onnx.ModelProto) -> list[str]:
    return [node.op_type for node in model.graph.node]


def test_the_table_is_for_the_opset_of_styles() -> None:
    assert cuda_kernels.OPSET == OPSET


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_every_operator_of_a_bundled_style_is_on_cuda(path: Path) -> None:
    half = in_half(path)
    assert half is not None
    for model in (onnx.load(path), onnx.load_from_string(half)):
        assert lacking(model) == []


@pytest.mark.parametrize("float_type", [np.float32, np.float16])
@pytest.mark.parametrize("config", NETWORKS.values(), ids=NETWORKS)
def test_every_operator_that_export_writes_is_on_cuda(config: NetworkConfig, float_type: type) -> None:
    network = random_network(config)
    assert lacking(build_graph(network, float_type)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("size_hw", [(48, 64), (45, 67)])
@pytest.mark.parametrize("config", NETWORKS.values(), ids=NETWORKS)
def test_in_a_fixed_size_nothing_waits_for_the_host(
    config: NetworkConfig, size_hw: tuple[int, int], tmp_path: Path
) -> None:
    fixed = of_fixed_size(build_graph(random_network(config)), tmp_path, size_hw)  # type: ignore[arg-type]
    assert lacking(fixed) == []
    assert waiting_for_the_host(fixed) == []
    assert not {"Shape", "Range"} & set(kinds(fixed)), "sizes are constants"


def test_weights_are_constants_once_a_style_is_open(tmp_path: Path) -> None:
    """Only the casts of the frame remain: no weight is converted again for each frame."""
    written = build_graph(random_network(TINY_LITE))  # type: ignore[arg-type]
    assert kinds(written).count("Cast") > 20
    assert kinds(of_fixed_size(written, tmp_path)).count("Cast") == 2


def written_by_hand(nodes: Sequence[onnx.NodeProto]) -> onnx.ModelProto:
    frame, stylized = (
        helper.make_tensor_value_info(name, onnx.TensorProto.UINT8, ["batch", "height", "width", 3])
        for name in ("frame", "stylized")
    )
    pads = onnx.numpy_helper.from_array(np.array([0, 1, 1, 0, 0, 1, 1, 0]), "pads")
    graph = helper.make_graph(list(nodes), "test", [frame], [stylized], [pads])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)


def test_what_cuda_lacks_is_found() -> None:
    of_bytes = helper.make_node("Pad", ["frame", "pads"], ["stylized"], mode="reflect")
    assert lacking(written_by_hand([of_bytes])) == ["Pad of uint8"]
    there, back = (
        helper.make_node("Cast", [a], [b], to=kind)
        for a, b, kind in (("frame", "x", onnx.TensorProto.FLOAT), ("y", "stylized", onnx.TensorProto.UINT8))
    )
    of_floats = helper.make_node("Pad", ["x", "pads"], ["y"], mode="reflect")
    assert lacking(written_by_hand([there, of_floats, back])) == []
    unknown = helper.make_node("Hardmax", ["x"], ["y"])
    assert lacking(written_by_hand([there, unknown, back])) == ["Hardmax of float"]


def test_eight_bits_are_for_the_cpu() -> None:
    found = set(lacking(onnx.load(BUNDLED_STYLES / f"starry{INT8_SUFFIX}")))
    assert {"QLinearConv of uint8", "QLinearAdd of unknown"} <= found


def test_what_reads_sizes_on_the_host_is_found() -> None:
    shape = helper.make_node("Shape", ["frame"], ["shape"])
    assert waiting_for_the_host(written_by_hand([shape, helper.make_node("Reshape", ["frame", "shape"], ["y"])])) == [
        "Reshape"
    ]
    assert waiting_for_the_host(written_by_hand([helper.make_node("Pad", ["frame", "pads"], ["y"])])) == []
