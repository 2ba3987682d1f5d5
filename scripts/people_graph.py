"""Rewrites a graph so that ONNX Runtime's CPU provider has less to do; results differ by rounding alone.

ONNX Runtime computes convolutions in a layout of its own (blocks of 8 channels), and each operator that does not know
that costs a copy there and one back. These rewrites are for networks with upsampling and gates (squeeze and excitation,
Hu et al. 2018), such as MediaPipe's selfie segmentation.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

Array = NDArray[Any]


class Lighter:
    """Rewrites nodes, which stay in an order in which they can run.

    Args:
        nodes: one output each.
        constants: by the name that nodes read them under, float32.
    """

    def __init__(self, nodes: list[onnx.NodeProto], constants: dict[str, Array]) -> None:
        self.nodes, self.constants = list(nodes), dict(constants)

    def lighten(self, shapes: dict[str, list[int]]) -> None:
        """Makes all rewrites.

        Args:
            shapes: of what the nodes have computed before them, by name.
        """
        for node in [node for node in self.nodes if node.op_type == "Resize"]:
            self._convolve_before(node)
        for node in [node for node in self.nodes if node.op_type == "Mul"]:
            if shapes.get(node.input[0]):
                self._add_while_convolving(node)
                self._spread(node, shapes[node.input[0]])

    def _maker(self, name: str) -> onnx.NodeProto | None:
        return next((node for node in self.nodes if node.output[0] == name), None)

    def _readers(self, name: str) -> list[onnx.NodeProto]:
        return [node for node in self.nodes if name in node.input]

    def _only_reader(self, name: str, kind: str) -> onnx.NodeProto | None:
        readers = self._readers(name)
        return readers[0] if len(readers) == 1 and readers[0].op_type == kind else None

    def _is_pointwise(self, node: onnx.NodeProto | None) -> bool:
        """Whether it is a convolution of single pixels, over all channels."""
        if node is None or node.op_type != "Conv" or node.input[1] not in self.constants:
            return False
        group = next((each.i for each in node.attribute if each.name == "group"), 1)
        return group == 1 and self.constants[node.input[1]].shape[2:] == (1, 1)

    def _matrix(self, name: str) -> Array:
        return self.constants[name][:, :, 0, 0].astype(np.float64)

    def _pointwise(self, source: str, weights: Array, bias: Array | None, output: str) -> onnx.NodeProto:
        """A new convolution of single pixels by a matrix (out, in)."""
        inputs = [source, f"{output}_weights"]
        self.constants[inputs[1]] = weights.astype(np.float32)[:, :, None, None]
        if bias is not None:
            inputs.append(f"{output}_bias")
            self.constants[inputs[2]] = bias.astype(np.float32)
        return helper.make_node("Conv", inputs, [output], kernel_shape=[1, 1])

    def _convolve_before(self, resize: onnx.NodeProto) -> None:
        """Convolves single pixels before they are enlarged: interpolation is linear and its weights add up to 1."""
        convolution = self._only_reader(resize.output[0], "Conv")
        if convolution is None or not self._is_pointwise(convolution):
            return
        source, output = resize.input[0], convolution.output[0]
        resize.output[0], convolution.output[0] = output, f"{output}_low"
        convolution.input[0], resize.input[0] = source, f"{output}_low"
        here, there = self.nodes.index(resize), self.nodes.index(convolution)
        self.nodes[here], self.nodes[there] = convolution, resize

    def _add_while_convolving(self, gated: onnx.NodeProto) -> None:
        """Where x * gate + enlarged(V y) is convolved by W, gives W (x * gate) + enlarged(W V y).

        The sum is then part of the convolution of the larger picture, and that of the smaller one is one matrix. The
        gate sees the mean of x + enlarged(V y), which is mean(x) + V mean(y): interpolation at half pixels keeps it.
        """
        added = self._only_reader(gated.output[0], "Add")
        convolution = added and self._only_reader(added.output[0], "Conv")
        if added is None or convolution is None or not self._is_pointwise(convolution):
            return
        enlarged = next(name for name in added.input if name != gated.output[0])
        resize = self._maker(enlarged)
        low = self._maker(resize.input[0]) if resize is not None and resize.op_type == "Resize" else None
        looked_at = next((node for node in self._readers(enlarged) if node is not added), None)
        pooled = looked_at and self._only_reader(looked_at.output[0], "GlobalAveragePool")
        squeeze = pooled and self._only_reader(pooled.output[0], "Conv")
        if low is None or looked_at is None or pooled is None or squeeze is None or not self._is_pointwise(low):
            return
        inner, inner_bias = self._matrix(low.input[1]), self.constants[low.input[2]].astype(np.float64)
        first, first_bias = self._matrix(squeeze.input[1]), self.constants[squeeze.input[2]]
        outer, outer_bias = self._matrix(convolution.input[1]), self.constants[convolution.input[2]]
        source, at = low.input[0], squeeze.output[0]
        large = next(name for name in looked_at.input if name != enlarged)
        self._replace(looked_at, helper.make_node("GlobalAveragePool", [large], [f"{at}_large_mean"]))
        self._replace(pooled, helper.make_node("GlobalAveragePool", [source], [f"{at}_small_mean"]))
        self._replace(
            squeeze,
            self._pointwise(f"{at}_small_mean", first @ inner, first @ inner_bias + first_bias, f"{at}_small"),
            self._pointwise(f"{at}_large_mean", first, None, f"{at}_large"),
            helper.make_node("Add", [f"{at}_large", f"{at}_small"], [at]),
        )
        output = convolution.output[0]
        self._replace(low, self._pointwise(source, outer @ inner, outer @ inner_bias + outer_bias, low.output[0]))
        self._replace(added)
        self._replace(
            convolution,
            self._pointwise(gated.output[0], outer, None, f"{output}_gated"),
            helper.make_node("Add", [f"{output}_gated", enlarged], [output]),
        )

    def _spread(self, gated: onnx.NodeProto, shape: list[int]) -> None:
        """Gives the gate the size of what it is multiplied with, which ONNX Runtime does without leaving its layout."""
        gate = gated.input[1]
        self.constants[f"{gate}_sides"] = np.array([1, 1, *shape[2:]], np.float32)
        spread = helper.make_node(
            "Resize", [gate, "", f"{gate}_sides"], [f"{gate}_spread"],
            mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor",
        )  # fmt: skip
        gated.input[1] = f"{gate}_spread"
        self.nodes.insert(self.nodes.index(gated), spread)

    def _replace(self, node: onnx.NodeProto, *others: onnx.NodeProto) -> None:
        at = self.nodes.index(node)
        self.nodes[at : at + 1] = others
