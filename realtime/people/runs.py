"""Runs of neighbouring pixels: most of a mask is 0 or 255 and stays as it is, and only the rest needs arithmetic.

Picking single pixels out of a picture takes longer than computing with all of them. Runs of eight are compared as one
number of 64 bits each and picked as one value.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

LONGEST: Final = 8
"""Pixels of a run, if the number of pixels is a multiple of that."""

Mask = NDArray[np.uint8]
"""(height, width), 0 for the background to 255 for a person."""
Indices = NDArray[np.intp]


def run_length(pixels: int) -> int:
    """Pixels of each run of a picture of so many pixels: 8, 4, 2 or 1."""
    return math.gcd(pixels, LONGEST)


def mixed(mask: Mask) -> Indices:
    """The runs with anything but 0 throughout or 255 throughout."""
    return np.flatnonzero((_words(mask) + 1) > 1)  # 0 gives 1, and what is all ones gives 0


def picked(picture: NDArray[Any], runs: Indices, length: int) -> NDArray[Any]:
    """These runs of a contiguous (height, width) or (height, width, channels) picture: (runs, length * channels)."""
    values = length * (picture.shape[2] if picture.ndim == 3 else 1)
    whole = np.dtype((np.void, values * picture.itemsize))
    return np.take(picture.reshape(-1).view(whole), runs).view(picture.dtype).reshape(-1, values)


def put(picture: NDArray[Any], runs: Indices, values: NDArray[Any]) -> None:
    """Stores `values`, of the dtype and shape that `picked` gives, as these runs of a contiguous picture."""
    whole = np.dtype((np.void, values.shape[1] * picture.itemsize))
    picture.reshape(-1).view(whole)[runs] = values.view(whole)[:, 0]


def _words(mask: Mask) -> NDArray[np.uint64]:
    flat = np.ascontiguousarray(mask).reshape(-1)
    return flat.view(f"u{run_length(flat.size)}")
