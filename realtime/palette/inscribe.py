"""Writes a network into the file of another one with the same layers, in memory and at the same speed.

Only the bytes of weights, biases and ranges change. (ONNX Runtime's `add_initializer` would do for 8-bit files, but
with the float file it paints something else at its usual level of optimisation, without an error.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.errors import StyleError
from nstcam.realtime.model_graph import Constant, Graph, read_graph
from nstcam.realtime.palette.eight_bits import Range, kernel_in_bytes
from nstcam.realtime.palette.network import LAYERS, Network
from nstcam.realtime.protobuf import Damaged


def inscribed(model: bytes, network: Network, ranges: Mapping[str, Range]) -> bytes:
    """The model with that network in it.

    Args:
        model: a style of network lite, in floats or in 8 bits.
        network: `in_levels`, with layers of the same shapes.
        ranges: of its values, by name; used in 8 bits.

    Raises:
        StyleError: it is not such a model.
    """
    data = bytearray(model)
    try:
        graph = read_graph(data)
        quantized = any(node.kind == "QLinearConv" for node in graph.nodes)
        if quantized:
            for name, found in ranges.items():
                _put(data, graph.constants[f"{name}_scale"], np.array(found.scale))
                _put(data, graph.constants[f"{name}_zero"], np.array(found.zero))
            graph = read_graph(data)  # with these ranges
        write = _in_8_bits if quantized else _in_floats
        for layer, places in zip(LAYERS, _convolutions(graph, "QLinearConv" if quantized else "Conv"), strict=True):
            write(data, places, *network[layer])
    except (Damaged, KeyError, IndexError, ValueError) as error:
        raise StyleError(f"the bundled style cannot take other strokes ({error}); reinstall nstcam") from error
    return bytes(data)


def canvas_of(model: bytes) -> NDArray[np.float32]:
    """The noise that a style of network lite in floats paints on, (rows, columns, channels).

    Raises:
        StyleError: it has none.
    """
    try:
        constants = read_graph(model).constants
        steps, kernels = constants["noise"].values, constants["phases"].values
        # The first of the sixteen phases leaves the noise where it is: one weight, the unit of the steps.
        (row, column) = np.argwhere(kernels[0, 0])[0]
        rows, columns = (side - many + 1 for side, many in zip(steps.shape[2:], kernels.shape[2:], strict=True))
        seen = steps[:, 0, row : row + rows, column : column + columns].transpose(1, 2, 0)
    except (Damaged, KeyError, IndexError, ValueError) as error:
        raise StyleError(f"the bundled style has no canvas ({error}); reinstall nstcam") from error
    return np.ascontiguousarray(seen * kernels[0, 0, row, column], np.float32)


def _in_floats(data: bytearray, places: list[Constant], weight: NDArray[Any], bias: NDArray[Any]) -> None:
    """Into the inputs of a Conv after the first."""
    weights, biases = places
    _put(data, weights, weight)
    _put(data, biases, bias)


def _in_8_bits(data: bytearray, places: list[Constant], weight: NDArray[Any], bias: NDArray[Any]) -> None:
    """Into the inputs of a QLinearConv after the first: the scale and zero of its input, weights likewise, those of its
    results, sums."""
    x_scale, _, weights, scales, _, _, _, sums = places
    levels, steps, of_sums = kernel_in_bytes(weight, bias, float(x_scale.values))
    _put(data, weights, levels)
    _put(data, scales, steps)
    _put(data, sums, of_sums)


def _put(data: bytearray, tensor: Constant, values: NDArray[Any]) -> None:
    if values.shape != tensor.values.shape:
        raise ValueError(f"a layer of {values.shape} in place of {tensor.values.shape}")
    data[tensor.place.start : tensor.place.end] = values.astype(tensor.values.dtype).tobytes()


def _convolutions(graph: Graph, kind: str) -> list[list[Constant]]:
    """The constants that each convolution of the network takes, in their order; a cast constant is that constant."""
    casts = {node.outputs[0]: node.inputs[0] for node in graph.nodes if node.kind == "Cast"}
    found = []
    for node in graph.nodes:
        names = [casts.get(name, name) for name in node.inputs[1:]]
        if node.kind == kind and "phases" not in names:  # which moves the canvas
            found.append([graph.constants[name] for name in names])
    return found
