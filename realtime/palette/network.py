"""The numbers of a LiteNet, and what is done with them without PyTorch: its layout in style files, and its colours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.palette.colours import ColourMap

CELL: Final = 4
"""Pixels of a cell's side: the network works on cells."""
DILATIONS: Final = (1, 2, 4, 2, 1)
"""Of both convolutions of each block."""
BLOCKS: Final = range(1, len(DILATIONS) + 1)
LAYERS: Final = ("stem", "canvas", *(f"{part}{n}" for n in BLOCKS for part in ("inner", "change")), "up1", "up2")
"""The convolutions in the order in which a style file has them; `export/convert/lite.py` names their results so."""
_COLOURS: Final = 3


class Kernel(NamedTuple):
    """A convolution, with the norm that follows it."""

    weight: NDArray[np.float32]
    """(outputs, inputs, rows, columns)"""
    bias: NDArray[np.float32]
    """(outputs,)"""


Network = Mapping[str, Kernel]
"""A network's kernels by the names in LAYERS: as PyTorch has them, or `in_levels`."""


def in_levels(network: Network) -> dict[str, Kernel]:
    """The network as style files have it: cells of BGR levels in and out, colour last, instead of RGB in 0..1."""
    stem, last = network["stem"], network["up2"]
    side = stem.weight.shape[2:]
    first = stem.weight.reshape(-1, _COLOURS, CELL, CELL, *side)[:, ::-1].transpose(0, 2, 3, 1, 4, 5)
    found = dict(network)
    found["stem"] = Kernel(first.reshape(stem.weight.shape) / np.float32(255), stem.bias)
    weight, bias = (_colour_last(part) * np.float32(255) for part in last)
    found["up2"] = Kernel(weight, bias)
    return found


def recoloured(network: Network, colours: ColourMap) -> dict[str, Kernel]:
    """A network `in_levels` with a map of what it paints, before that is rounded and clipped."""
    matrix, offset = np.asarray(colours.matrix, np.float32), np.asarray(colours.offset, np.float32)
    weight, bias = network["up2"]
    pixels = weight.reshape(-1, _COLOURS, weight[0].size)
    mapped = np.einsum("ij,pjk->pik", matrix, pixels).reshape(weight.shape)
    shifted = (bias.reshape(-1, _COLOURS) @ matrix.T + offset).reshape(bias.shape)
    return {**network, "up2": Kernel(mapped, shifted)}


def _colour_last(outputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Outputs for pixel_shuffle to RGB, colour * 16 + place, as those of cells in BGR, place * 3 + colour."""
    by_colour = outputs.reshape(_COLOURS, CELL * CELL, *outputs.shape[1:])[::-1]
    return np.ascontiguousarray(by_colour.swapaxes(0, 1)).reshape(outputs.shape)
