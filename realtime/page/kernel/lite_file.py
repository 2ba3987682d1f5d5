"""An 8-bit style as the kernel for browsers reads it: LiteNet's numbers, one after the other.

The style's ONNX file says what is computed; what does not have the form that export/convert/quantize.py writes is
refused. Numbers are little-endian, and each part begins at a multiple of 4 bytes:

    int32 "NSL1", channels of the trunk and of the head, blocks; channels, rows, columns of the canvas, 0 without one
    the stem: a convolution
    with a canvas: its convolution, and how stem and canvas are added
    each block: int32 its dilation, two convolutions, and how the second is added to the trunk
    two convolutions between the cells, the second of which gives the levels

A convolution is int32 the byte that stands for 0 in its results, float32 scales (outputs,), int32 sums (outputs,) and
int8 weights (outputs, inputs, rows, columns); a result is (products + sums) * scales, rounded to even, plus that byte,
saturated. The inputs' byte for 0 is in the sums. An addition is int32 whether the convolution's bytes are the first
map, and three float32: second * of_second + (first * of_first + fixed), as processors with FMA add in ONNX Runtime.
Colours are in the order red, green, blue, unlike those of the ONNX file.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.model_graph import Graph, read_graph
from nstcam.realtime.protobuf import Damaged

CHANNELS: Final = range(16, 65, 16)
"""What the kernel takes for the trunk and the head."""
MOST_DILATION: Final = 7
"""The smallest frame has eight cells per side, and reflection reaches no further."""

_LEVELS: Final = 48
"""Channels of a cell of the frame."""
_LARGEST_RESULT: Final = float(1 << 22)
"""The kernel rounds by adding 1.5 * 2^23: results have to be smaller before they are saturated."""
_LARGEST_SUM: Final = 1 << 28
"""The kernel takes them times 4 in 32 bits, and adds products."""
_START: Final = ("QLinearConv", "QLinearConv", "QLinearAdd")
_BLOCK: Final = ("Pad", "QLinearConv", "Pad", "QLinearConv", "QLinearAdd")
_END: Final = ("Pad", "QLinearConv", "QLinearConv")


class NotLite(Exception):  # noqa: N818 (caught by our caller, which leaves the style to ONNX Runtime)
    """The file is no LiteNet in 8 bits; the text says what is different."""


class LiteFiles(NamedTuple):
    """What the kernel reads."""

    style: bytes
    noise: bytes
    """The canvas: bytes (rows, columns, channels), of which 128 stands for 0; the same for all styles whose canvas has
    as many channels. Empty without a canvas."""


def lite_files(model: bytes) -> LiteFiles:
    """The files for the kernel.

    Args:
        model: an ONNX file of network lite in 8 bits.

    Raises:
        NotLite: it is something else.
    """
    try:
        return _Reading(read_graph(model)).files()
    except (Damaged, KeyError, IndexError, ValueError) as error:
        raise NotLite(str(error)) from error


class _Convolution(NamedTuple):
    """A QLinearConv."""

    weights: NDArray[np.int8]
    """(outputs, inputs, rows, columns)"""
    sums: NDArray[np.int32]
    """(outputs,)"""
    scales: NDArray[np.float32]
    """(outputs,)"""
    zero: int
    """The byte that stands for 0 in its results."""
    dilation: int

    def encoded(self) -> bytes:
        return b"".join(
            [_integers(self.zero), self.scales.tobytes(), self.sums.tobytes(), _filled(self.weights.tobytes())]
        )


class _Reading:
    """Takes apart a graph whose arithmetic is a chain, but for additions."""

    def __init__(self, graph: Graph) -> None:
        self._constants = graph.constants
        self._chain = [node for node in graph.nodes if node.kind in _BLOCK]

    def files(self) -> LiteFiles:
        kinds = tuple(node.kind for node in self._chain)
        has_canvas = kinds[:3] == _START
        start, end = 3 if has_canvas else 1, len(kinds) - len(_END)
        blocks, rest = divmod(end - start, len(_BLOCK))
        if rest or blocks < 1 or kinds[start:] != (*_BLOCK * blocks, *_END) or kinds[0] != "QLinearConv":
            raise NotLite(f"operators {' '.join(kinds)}")
        stem = self._convolution(0, side=3)
        width = len(stem.weights)
        shapes = [(stem, (width, _LEVELS))]
        parts = [stem._replace(weights=_turned(stem.weights.swapaxes(0, 1)).swapaxes(0, 1)).encoded()]
        noise = np.zeros((0, 0, 0), np.uint8)
        if has_canvas:
            noise = self._noise()
            parts += [self._convolution(1, side=3).encoded(), self._addition(2, mine=0, other=1)]
        for block in range(blocks):
            at = start + block * len(_BLOCK)
            inner, change = self._padded(at, 3), self._padded(at + 2, 3)
            if inner.dilation != change.dilation:
                raise NotLite(f"block {block + 1} has dilations {inner.dilation} and {change.dilation}")
            shapes += [(inner, (width, width)), (change, (width, width))]
            parts += [_integers(inner.dilation), inner.encoded(), change.encoded()]
            parts.append(self._addition(at + 4, mine=at + 3, other=at - 1))
        up, levels = self._padded(end, 2), self._convolution(end + 2, side=2)
        weights, sums, scales = _turned(levels.weights), _turned(levels.sums), _turned(levels.scales)
        parts += [up.encoded(), levels._replace(weights=weights, sums=sums, scales=scales).encoded()]
        head = len(up.weights)
        shapes += [(up, (head, width)), (levels, (_LEVELS, head))]
        if any(conv.weights.shape[:2] != shape for conv, shape in shapes) or not {width, head} <= set(CHANNELS):
            raise NotLite(f"channels {[conv.weights.shape[:2] for conv, _ in shapes]}")
        rows, columns, channels = noise.shape
        header = _integers(int.from_bytes(b"NSL1", "little"), width, head, blocks, channels, rows, columns)
        return LiteFiles(header + b"".join(parts), noise.tobytes())

    def _padded(self, at: int, side: int) -> _Convolution:
        """A convolution after its reflection, which goes as far as the kernel reaches."""
        found = self._convolution(at + 1, side)
        border = self._values(self._chain[at].inputs[1]).tolist()
        reach = found.dilation if side == 3 else 1
        if border != [0, reach, reach, 0] * 2 or self._chain[at].texts.get("mode") != b"reflect":
            raise NotLite(f"a border of {border} around a dilation of {found.dilation}")
        if self._chain[at].inputs[0] != self._chain[at - 1].outputs[0]:
            raise NotLite(f"{self._chain[at].outputs[0]} is not next to what comes before it")
        return found

    def _convolution(self, at: int, side: int) -> _Convolution:
        """A QLinearConv that takes the result before it; the first two take the frame and the noise."""
        node = self._chain[at]
        if at > 1 and node.inputs[0] != self._chain[at - 1].outputs[0]:
            raise NotLite(f"{node.outputs[0]} is not next to what comes before it")
        x_scale, x_zero, weights, w_scales, w_zeros, y_scale, y_zero, sums = map(self._values, node.inputs[1:])
        dilation = node.integers["dilations"][0]
        plain = {"channels_last": (1,), "kernel_shape": (side, side), "dilations": (dilation, dilation)}
        if dict(node.integers) != plain or not 1 <= dilation <= MOST_DILATION or w_zeros.any():
            raise NotLite(f"{node.outputs[0]} with {dict(node.integers)}")
        if weights.shape[2:] != (side, side) or weights.dtype != np.int8 or sums.dtype != np.int32:
            raise NotLite(f"weights {weights.dtype} {weights.shape} of {node.outputs[0]}")
        scales = (x_scale * w_scales / y_scale).astype(np.float32)
        wide = weights.astype(np.int64)
        folded = sums - int(x_zero) * wide.sum((1, 2, 3))
        if np.abs(folded).max() >= _LARGEST_SUM:
            raise NotLite(f"sums of {node.outputs[0]} up to {np.abs(folded).max()}")
        largest = (255 * np.abs(wide).sum((1, 2, 3)) + np.abs(sums.astype(np.int64))) * scales
        if not (largest < _LARGEST_RESULT).all():
            raise NotLite(f"results of {node.outputs[0]} up to {largest.max():g}")
        return _Convolution(weights, folded.astype(np.int32), scales, int(y_zero), dilation)

    def _addition(self, at: int, mine: int, other: int) -> bytes:
        """How the results of two nodes are added: `mine` is a convolution's."""
        node = self._chain[at]
        names = [self._chain[place].outputs[0] for place in (mine, other)]
        if sorted(names) != sorted([node.inputs[0], node.inputs[3]]):
            raise NotLite(f"{node.outputs[0]} adds other maps than {' and '.join(names)}")
        a_scale, a_zero, b_scale, b_zero, y_scale, y_zero = (
            self._values(node.inputs[place]).astype(np.float32) for place in (1, 2, 4, 5, 6, 7)
        )
        of_a, of_b = a_scale / y_scale, b_scale / y_scale
        zeros = np.float32(np.float64(of_a) * a_zero + of_b * b_zero)  # as compiled for processors with FMA
        fixed = np.float32(y_zero - zeros)
        return _integers(node.inputs[3] == names[0]) + np.array([of_b, of_a, fixed], "<f4").tobytes()

    def _noise(self) -> NDArray[np.uint8]:
        """The noise at offset 0, (rows, columns, channels): the first of sixteen phases, which leaves it as it is."""
        noise, phases = self._values("noise"), self._values("phases")
        kernel = phases[0, 0]
        (row, column) = np.argwhere(kernel)[0]
        if kernel.sum() != 1 or kernel[row, column] != 1 or noise.dtype != np.int8:
            raise NotLite(f"a canvas with phases {kernel.tolist()}")
        rows, columns = (side - many + 1 for side, many in zip(noise.shape[2:], kernel.shape, strict=True))
        seen = noise[:, 0, row : row + rows, column : column + columns].astype(np.int16)
        zero = int(self._values(self._chain[1].inputs[2]))
        return np.ascontiguousarray(seen.transpose(1, 2, 0) + zero).astype(np.uint8)

    def _values(self, name: str) -> NDArray[Any]:
        return self._constants[name].values


def _turned(array: NDArray[Any]) -> NDArray[Any]:
    """The channels of a cell, the first axis, with red, green, blue in place of blue, green, red, or the reverse."""
    pixels = array.reshape(_LEVELS // 3, 3, *array.shape[1:])
    return np.ascontiguousarray(pixels[:, ::-1].reshape(array.shape))


def _integers(*values: int) -> bytes:
    return np.array(values, "<i4").tobytes()


def _filled(data: bytes) -> bytes:
    """Up to a multiple of 4 bytes."""
    return data + bytes(-len(data) % 4)
