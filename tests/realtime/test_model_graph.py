"""Tests that a graph is read as the package onnx reads it, and that what is not a model is named."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from nstcam.realtime.model_graph import read_graph
from nstcam.realtime.protobuf import Damaged
from nstcam.realtime.style_files.style import BUNDLED_STYLES


@pytest.mark.parametrize("name", ["starry.int8.onnx", "starry.onnx"])
def test_a_style_is_read_as_onnx_reads_it(name: str) -> None:
    data = (BUNDLED_STYLES / name).read_bytes()
    graph, expected = read_graph(data), onnx.load_from_string(data).graph
    assert len(graph.nodes) == len(expected.node) > 50
    for node, same in zip(graph.nodes, expected.node, strict=True):
        assert (node.kind, node.inputs, node.outputs) == (same.op_type, tuple(same.input), tuple(same.output))
        values = {each.name: helper.get_attribute_value(each) for each in same.attribute}
        texts = {key: value for key, value in values.items() if isinstance(value, bytes)}
        assert node.texts == texts
        numbers = {key: value for key, value in values.items() if key not in texts}
        assert node.integers == {k: tuple(v) if isinstance(v, list) else (v,) for k, v in numbers.items()}
    assert set(graph.constants) == {each.name for each in expected.initializer}
    for each in expected.initializer:
        found = graph.constants[each.name]
        assert found.values.dtype == numpy_helper.to_array(each).dtype
        np.testing.assert_array_equal(found.values, numpy_helper.to_array(each))
        assert data[found.place.start : found.place.end] == each.raw_data


def test_numbers_below_zero_and_types_that_are_not_ours() -> None:
    whole = numpy_helper.from_array(np.array([[-3, 4]], np.int64), "whole")
    double = numpy_helper.from_array(np.array([0.5]), "double")
    node = helper.make_node("Gather", ["x", "whole"], ["y"], axis=-1)
    port = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    graph = read_graph(
        helper.make_model(helper.make_graph([node], "g", [port], [], [whole, double])).SerializeToString()
    )
    assert graph.nodes[0].integers == {"axis": (-1,)}
    assert list(graph.constants) == ["whole"]
    assert graph.constants["whole"].values.tolist() == [[-3, 4]]


def test_what_is_not_a_model_is_named() -> None:
    with pytest.raises(Damaged, match="byte"):
        read_graph(b"not a model")
    short = numpy_helper.from_array(np.zeros(3, np.int32), "short")
    short.raw_data = short.raw_data[:-1]
    model = helper.make_model(helper.make_graph([], "g", [], [], [short]))
    with pytest.raises(Damaged, match=r"constant short of shape \[3\] has 11 bytes"):
        read_graph(model.SerializeToString())
    model.graph.initializer[0].name = "x"
    data = model.SerializeToString().replace(b"\x42\x01x", b"\x42\x01\xff")
    with pytest.raises(Damaged, match="a name is not UTF-8"):
        read_graph(data)
