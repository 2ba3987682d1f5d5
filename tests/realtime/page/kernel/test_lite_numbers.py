"""Tests the numbers of a style for the kernel, read back part by part, against those of its ONNX file."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from nstcam.realtime.page.kernel.lite_file import lite_files
from nstcam.realtime.style_files.contract import INT8_SUFFIX
from nstcam.realtime.style_files.style import BUNDLED_STYLES


class Reader:
    """Reads what was written, front to back."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, kind: str, *shape: int) -> Any:
        count = int(np.prod(shape))
        found = np.frombuffer(self._data, kind, count, self._at).reshape(shape)
        self._at += found.nbytes
        while kind == "i1" and self._at % 4:  # up to a multiple of 4 bytes
            assert self._data[self._at] == 0
            self._at += 1
        return found

    def convolution(self, outputs: int, inputs: int, side: int) -> tuple[int, Any, Any, Any]:
        return (
            int(self.take("<i4", 1)[0]), self.take("<f4", outputs), self.take("<i4", outputs),
            self.take("i1", outputs, inputs, side, side),
        )  # fmt: skip

    @property
    def left(self) -> int:
        return len(self._data) - self._at


class Model:
    """The convolutions and additions of an ONNX file, in order, with their constants."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self._constants = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
        nodes = [node for node in model.graph.node if node.op_type in ("QLinearConv", "QLinearAdd")]
        self.nodes = iter(nodes)
        self.dilations = [
            {a.name: a.ints for a in node.attribute}["dilations"][0] for node in nodes if node.op_type == "QLinearConv"
        ]
        self.noise = self._constants["noise"]

    def convolution(self) -> tuple[int, Any, Any, Any]:
        x, w, y, sums = self._of(next(self.nodes), (1, 2), (3, 4), (6, 7), (8,))
        folded = sums[0] - int(x[1]) * w[0].astype(np.int64).sum((1, 2, 3))
        return int(y[1]), np.float32(x[0] * w[1] / y[0]), folded, w[0]

    def addition(self, of_convolution: str) -> tuple[bool, list[float]]:
        node = next(self.nodes)
        (a, a_zero), (b, b_zero), (y, y_zero) = self._of(node, (1, 2), (4, 5), (6, 7))
        of_a, of_b = float(a / y), float(b / y)
        return node.input[3] == of_convolution, [
            of_b,
            of_a,
            float(y_zero) - of_a * float(a_zero) - of_b * float(b_zero),
        ]

    def _of(self, node: onnx.NodeProto, *places: tuple[int, ...]) -> list[list[Any]]:
        return [[self._constants[node.input[place]] for place in group] for group in places]


def rgb(channels: Any, axis: int) -> Any:
    """Cells of pixels with blue first as cells with red first."""
    order = np.arange(48).reshape(16, 3)[:, ::-1].ravel()
    return np.take(channels, order, axis)


@pytest.mark.parametrize("name", ["wave", "pencil"])
def test_each_part_holds_the_numbers_of_the_file(name: str) -> None:
    proto = onnx.load(str(BUNDLED_STYLES / f"{name}{INT8_SUFFIX}"))
    files, model = lite_files(proto.SerializeToString()), Model(proto)
    reader = Reader(files.style)

    def same(got: tuple[int, Any, Any, Any], expected: tuple[int, Any, Any, Any]) -> None:
        assert got[0] == expected[0]
        assert np.allclose(got[1], expected[1], rtol=1e-6)
        assert np.array_equal(got[2], expected[2])
        assert np.array_equal(got[3], expected[3])

    def added(names: str) -> None:
        is_first, numbers = model.addition(names)
        assert reader.take("<i4", 1)[0] == is_first
        assert reader.take("<f4", 3).tolist() == pytest.approx(numbers, rel=1e-5, abs=1e-5)

    magic, width, head, blocks, channels, rows, columns = reader.take("<i4", 7).tolist()
    assert magic.to_bytes(4, "little") == b"NSL1"
    outputs = [n.output[0] for n in proto.graph.node if n.op_type == "QLinearConv"]
    assert 2 + 2 * blocks + 2 == len(outputs)
    zero, scales, sums, weights = model.convolution()
    same(reader.convolution(width, 48, 3), (zero, scales, sums, rgb(weights, 1)))
    same(reader.convolution(width, channels, 3), model.convolution())
    added(outputs[0])
    for block in range(blocks):
        assert reader.take("<i4", 1)[0] == model.dilations[2 + 2 * block]
        for _ in range(2):
            same(reader.convolution(width, width, 3), model.convolution())
        added(outputs[3 + 2 * block])
    same(reader.convolution(head, width, 2), model.convolution())
    zero, scales, sums, weights = model.convolution()
    same(reader.convolution(48, head, 2), (zero, rgb(scales, 0), rgb(sums, 0), rgb(weights, 0)))
    assert reader.left == 0

    noise = np.frombuffer(files.noise, np.uint8).reshape(rows, columns, channels).astype(int) - 128
    (border,) = {(have - want) for have, want in zip(model.noise.shape[2:], (rows, columns), strict=True)}
    inside = model.noise[:, 0, 2 : rows + 2, 2 : columns + 2].transpose(1, 2, 0)
    assert border == 3
    assert np.array_equal(noise, inside)
