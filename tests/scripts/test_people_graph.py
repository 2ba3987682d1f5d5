"""Tests that rewritten graphs give what they gave before, with less to do."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from scripts.people_graph import Array, Lighter

ROWS, COLUMNS, LARGE, SMALL = 12, 16, 8, 24
"""The sides of the larger picture, its channels, and those of the one of half its sides."""


def constants() -> dict[str, Array]:
    rng = np.random.default_rng(0)
    sides = {"into": (LARGE, SMALL), "squeeze": (4, LARGE), "excite": (LARGE, 4), "out": (LARGE, LARGE)}
    weights = {name: rng.normal(0, 0.3, (*of, 1, 1)) for name, of in sides.items()}
    biases = {f"{name}_bias": rng.normal(0, 0.3, of[0]) for name, of in sides.items()}
    made = {name: values.astype(np.float32) for name, values in (weights | biases).items()}
    return made | {"scales": np.array([1, 1, 2, 2], np.float32)}


def nodes() -> list[onnx.NodeProto]:
    """A stage of a decoder: a smaller picture is enlarged and added to the larger one, which a gate weighs."""

    def node(kind: str, inputs: list[str], output: str, **attributes: Any) -> onnx.NodeProto:
        return helper.make_node(kind, inputs, [output], **attributes)

    half = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    return [
        node("Resize", ["small", "", "scales"], "enlarged", **half),
        node("Conv", ["enlarged", "into", "into_bias"], "coarse"),
        node("Add", ["large", "coarse"], "both"),
        node("GlobalAveragePool", ["both"], "mean"),
        node("Conv", ["mean", "squeeze", "squeeze_bias"], "squeezed_raw"),
        node("Relu", ["squeezed_raw"], "squeezed"),
        node("Conv", ["squeezed", "excite", "excite_bias"], "gate_raw"),
        node("Sigmoid", ["gate_raw"], "gate"),
        node("Mul", ["large", "gate"], "gated"),
        node("Add", ["gated", "coarse"], "sum"),
        node("Conv", ["sum", "out", "out_bias"], "result_raw"),
        node("Relu", ["result_raw"], "result"),
    ]


def model(made: list[onnx.NodeProto], stored: dict[str, Array]) -> onnx.ModelProto:
    shapes = {"small": [1, SMALL, ROWS // 2, COLUMNS // 2], "large": [1, LARGE, ROWS, COLUMNS]}
    sources = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
    result = helper.make_tensor_value_info("result", TensorProto.FLOAT, shapes["large"])
    kept = [numpy_helper.from_array(values, name) for name, values in stored.items()]
    graph = helper.make_graph(made, "stage", sources, [result], kept)
    whole = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    onnx.checker.check_model(whole, full_check=True)
    return whole


def run(whole: onnx.ModelProto) -> Array:
    rng = np.random.default_rng(1)
    session = onnxruntime.InferenceSession(whole.SerializeToString(), providers=["CPUExecutionProvider"])
    feeds = {each.name: rng.normal(0, 1, each.shape).astype(np.float32) for each in session.get_inputs()}
    result: Array = session.run(None, feeds)[0]
    return result


def lightened() -> Lighter:
    lighter = Lighter(nodes(), constants())
    lighter.lighten({"large": [1, LARGE, ROWS, COLUMNS]})
    return lighter


def test_the_result_is_the_same() -> None:
    lighter = lightened()
    before, after = run(model(nodes(), constants())), run(model(lighter.nodes, lighter.constants))
    assert before.std() > 0.1
    np.testing.assert_allclose(after, before, atol=1e-5)


def test_no_channel_that_a_convolution_takes_away_is_enlarged_and_nothing_large_is_added_twice() -> None:
    lighter = lightened()
    whole = onnx.shape_inference.infer_shapes(model(lighter.nodes, lighter.constants))
    shapes = {
        each.name: [side.dim_value for side in each.type.tensor_type.shape.dim] for each in whole.graph.value_info
    }
    (linear,) = (node for node in lighter.nodes if node.op_type == "Resize" and node.input[0] != "gate")
    assert shapes[linear.output[0]] == [1, LARGE, ROWS, COLUMNS]
    large = [node for node in lighter.nodes if node.op_type == "Add" and shapes[node.output[0]][2:] == [ROWS, COLUMNS]]
    assert len(large) == 1


def test_a_graph_without_such_a_stage_stays_as_it_is() -> None:
    plain = [helper.make_node("Relu", ["large"], ["result"])]
    lighter = Lighter(plain, {})
    lighter.lighten({"large": [1, LARGE, ROWS, COLUMNS]})
    assert lighter.nodes == plain
