"""Computes float16 on a CPU the way GPUs do: sums in float32, every result rounded to float16.

ONNX Runtime's CPU provider does not: it computes float16 graphs in float32 and skips the roundings in between.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
from onnx import helper, numpy_helper

from nstcam.realtime.engine.half import INSIDE

_ROUNDED: Final = frozenset({"Conv", "Add", "Sub", "InstanceNormalization"})
"""The operators whose results are rounded. The others pass values on, or give whole numbers."""


def rounded(model: onnx.ModelProto) -> onnx.ModelProto:
    """A float32 style that rounds its weights and values to float16 where a GPU would do so in half precision.

    The bias of a convolution is added to a sum that is already rounded, because cuDNN is used without fused biases.
    """
    kinds = {v.name: v.type.tensor_type.elem_type for v in onnx.shape_inference.infer_shapes(model).graph.value_info}
    graph = onnx.GraphProto()
    graph.CopyFrom(model.graph)
    del graph.node[:]
    split = helper.make_tensor("split", onnx.TensorProto.FLOAT, [], [2.0**13 + 1])
    column = numpy_helper.from_array(np.array([1, -1, 1, 1]), "column")
    graph.initializer.extend([split, column])

    def rounding(node: onnx.NodeProto) -> list[onnx.NodeProto]:
        """Nodes that round a result to 11 of 24 bits, to nearest, by Veltkamp's splitting (1968).

        No optimizer of graphs recognises them as the identity and removes them.
        """
        result, exact = node.output[0], node.output[0] + "_exact"
        node.output[0] = exact
        return [
            node,
            helper.make_node("Mul", [exact, "split"], [result + "_far"]),
            helper.make_node("Sub", [result + "_far", exact], [result + "_near"]),
            helper.make_node("Sub", [result + "_far", result + "_near"], [result]),
        ]

    for original in model.graph.node:
        node = onnx.NodeProto()
        node.CopyFrom(original)
        result = node.output[0]
        if kinds.get(result) != onnx.TensorProto.FLOAT or not (node.op_type in _ROUNDED or result.startswith(INSIDE)):
            graph.node.append(node)
        elif node.op_type == "Conv" and len(node.input) == 3:
            bias = node.input.pop()
            node.output[0] = result + "_sums"
            graph.node.extend(rounding(node))
            graph.node.append(helper.make_node("Reshape", [bias, "column"], [result + "_bias"]))
            graph.node.extend(rounding(helper.make_node("Add", [result + "_sums", result + "_bias"], [result])))
        else:
            graph.node.extend(rounding(node))
    done = onnx.ModelProto()
    done.CopyFrom(model)
    done.graph.CopyFrom(graph)
    onnx.checker.check_model(done, full_check=True)
    return done
