"""A colour map folded into a style file: the last convolution paints in other colours, at the same speed.

Only the bytes of that convolution's weights and biases change, in memory; nothing has to be calibrated, because its
results are levels of 0..255 before and after. (ONNX Runtime's `add_initializer` would do for 8-bit files, but with the
float file it paints something else at its usual level of optimisation, without an error.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.errors import StyleError
from nstcam.realtime.model_graph import Constant, Graph, read_graph
from nstcam.realtime.palette.colours import ColourMap
from nstcam.realtime.protobuf import Damaged

LARGEST_WEIGHT: Final = 63
"""Weights of 8-bit files use 7 bits, as export/convert/quantize.py explains."""
_COLOURS: Final = 3


def fold(model: bytes, colours: ColourMap) -> bytes:
    """The model with `colours` applied to what it paints, before that is rounded and clipped.

    Args:
        model: a style of network lite, in floats or in 8 bits.

    Raises:
        StyleError: it is not such a model.
    """
    data = bytearray(model)
    try:
        inputs, constants = _last_convolution(read_graph(data))
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


def _floats(tensor: Constant) -> NDArray[np.float64]:
    return tensor.values.astype(np.float64)


def _put(data: bytearray, tensor: Constant, values: NDArray[np.floating]) -> None:
    data[tensor.place.start : tensor.place.end] = values.astype(tensor.values.dtype).tobytes()


def _last_convolution(graph: Graph) -> tuple[Sequence[str], Mapping[str, Constant]]:
    """The names of its inputs, and the constants of the graph by name; a cast constant has both names.

    Raises:
        IndexError: the graph has no convolution.
    """
    convolutions = [node.inputs for node in graph.nodes if node.kind in ("Conv", "QLinearConv")]
    casts = {node.outputs[0]: node.inputs[0] for node in graph.nodes if node.kind == "Cast"}
    cast = {result: graph.constants[source] for result, source in casts.items() if source in graph.constants}
    return convolutions[-1], {**graph.constants, **cast}
