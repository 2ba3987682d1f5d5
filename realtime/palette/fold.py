"""A colour map folded into a style file: the last convolution paints in other colours, at the same speed.

Only the bytes of that convolution's weights and biases change, in memory; nothing has to be calibrated, because its
results are levels of 0..255 before and after. (ONNX Runtime's `add_initializer` would do for 8-bit files, but with the
float file it paints something else at its usual level of optimisation, without an error.)
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.errors import StyleError
from nstcam.realtime.palette.colours import ColourMap
from nstcam.realtime.protobuf import BYTES, VARINT, Damaged, Field, Walk

LARGEST_WEIGHT: Final = 63
"""Weights of 8-bit files use 7 bits, as export/convert/quantize.py explains."""
_COLOURS: Final = 3
_TYPES: Final = {1: np.float32, 3: np.int8, 6: np.int32, 10: np.float16}
"""NumPy's types by TensorProto.DataType, as far as the last convolution has them."""


class _Tensor(NamedTuple):
    """A constant of the graph."""

    values: NDArray[np.generic]
    place: Field
    """Its bytes in the file."""


def fold(model: bytes, colours: ColourMap) -> bytes:
    """The model with `colours` applied to what it paints, before that is rounded and clipped.

    Args:
        model: a style of network lite, in floats or in 8 bits.

    Raises:
        StyleError: it is not such a model.
    """
    data = bytearray(model)
    try:
        inputs, constants = _Model(data).last_convolution()
        if len(inputs) == 9:  # QLinearConv: x and its scale and zero, weights likewise, results likewise, sums
            x_scale, weights, scales, sums = (constants[inputs[place]] for place in (1, 3, 4, 8))
            of_sums = _floats(scales) * float(_floats(x_scale))
            kernel = _floats(weights) * _floats(scales)[:, None, None, None]
            kernel, bias = _mapped(kernel, _floats(sums) * of_sums, colours)
            new_scales = np.maximum(np.abs(kernel).max((1, 2, 3)) / LARGEST_WEIGHT, 1e-12).astype(np.float32)
            levels = np.round(kernel / new_scales[:, None, None, None])
            _put(data, weights, levels)
            _put(data, scales, new_scales)
            _put(data, sums, np.round(bias / (new_scales * float(_floats(x_scale)))))
        else:
            weights, biases = (constants[inputs[place]] for place in (1, 2))
            kernel, bias = _mapped(_floats(weights), _floats(biases), colours)
            _put(data, weights, kernel)
            _put(data, biases, bias)
    except (Damaged, KeyError, IndexError, ValueError) as error:
        raise StyleError(f"the bundled style cannot take other colours ({error}); reinstall nstcam") from error
    return bytes(data)


def _mapped(
    kernel: NDArray[np.float64], bias: NDArray[np.float64], colours: ColourMap
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The kernel (N, C, rows, columns) and bias (N,) followed by the map. Outputs are a cell's pixels, each BGR."""
    matrix, offset = np.asarray(colours.matrix), np.asarray(colours.offset)
    pixels = kernel.reshape(-1, _COLOURS, kernel[0].size)
    shifted = bias.reshape(-1, _COLOURS) @ matrix.T + offset
    return np.einsum("ij,pjk->pik", matrix, pixels).reshape(kernel.shape), shifted.reshape(bias.shape)


def _floats(tensor: _Tensor) -> NDArray[np.float64]:
    return tensor.values.astype(np.float64)


def _put(data: bytearray, tensor: _Tensor, values: NDArray[np.floating]) -> None:
    data[tensor.place.start : tensor.place.end] = values.astype(tensor.values.dtype).tobytes()


class _Model(Walk):
    """Finds the last convolution and what it is made of."""

    def last_convolution(self) -> tuple[list[str], dict[str, _Tensor]]:
        """The names of its inputs, and the constants of the graph by name; a cast constant has both names.

        Raises:
            Damaged: the file is not a model.
            IndexError: it has no convolution.
        """
        convolutions: list[list[str]] = []
        casts: dict[str, str] = {}
        tensors: dict[str, _Tensor] = {}
        for graph in self.fields(0, len(self._data)):
            if (graph.number, graph.kind) != (7, BYTES):  # ModelProto.graph
                continue
            for part in self.fields(graph.start, graph.end):
                if (part.number, part.kind) == (1, BYTES):  # GraphProto.node
                    inputs, outputs, kind = self._node(part)
                    if kind in ("Conv", "QLinearConv"):
                        convolutions.append(inputs)
                    elif kind == "Cast" and inputs and outputs:
                        casts[outputs[0]] = inputs[0]
                elif (part.number, part.kind) == (5, BYTES):  # GraphProto.initializer
                    tensors |= self._tensor(part)
        cast = {result: tensors[source] for result, source in casts.items() if source in tensors}
        return convolutions[-1], tensors | cast

    def _node(self, node: Field) -> tuple[list[str], list[str], str]:
        """The names of its inputs and outputs, and its operator."""
        found: dict[int, list[str]] = {1: [], 2: [], 4: []}
        for field in self.fields(node.start, node.end):
            if field.number in found and field.kind == BYTES:
                found[field.number].append(self.text(field).decode())
        return found[1], found[2], "".join(found[4])

    def _tensor(self, tensor: Field) -> dict[str, _Tensor]:
        """The tensor by its name; nothing if it has another type than the last convolution's, or no raw bytes."""
        shape: list[int] = []
        kind, name, place = 0, "", None
        for field in self.fields(tensor.start, tensor.end):
            if field.number == 1 and field.kind == VARINT:
                shape.append(self.number(field))
            elif field.number == 1 and field.kind == BYTES:  # packed, as protobuf 3 writes repeated numbers
                shape += self._packed(field)
            elif field.number == 2 and field.kind == VARINT:
                kind = self.number(field)
            elif field.number == 8 and field.kind == BYTES:
                name = self.text(field).decode()
            elif field.number == 9 and field.kind == BYTES:
                place = field
        if kind not in _TYPES or place is None:
            return {}
        return {name: _Tensor(np.frombuffer(self.text(place), _TYPES[kind]).reshape(shape), place)}

    def _packed(self, field: Field) -> list[int]:
        numbers, at = [], field.start
        while at < field.end:
            number, at = self._varint(at, field.end)
            numbers.append(number)
        return numbers
