"""Combining stylized and original frames: mixtures, and the original's colours."""

from __future__ import annotations

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.effects.strips import in_strips

Depth = TypeVar("Depth", bound=np.uint8 | np.uint16)
"""Frames have 8 bits per channel; these functions take pictures of 16 bits too."""


def mix(first: NDArray[Depth], second: NDArray[Depth], weight: float) -> NDArray[Depth]:
    """The weighted mean: `first` at weight 0, `second` at weight 1.

    Args:
        first, second: arrays of the same shape and dtype; at either end of the weights, one of them is returned itself.
    """
    if weight <= 0:
        return first
    if weight >= 1:
        return second
    return cv2.addWeighted(first, 1 - weight, second, weight, 0).astype(first.dtype, copy=False)


def in_colors_of(stylized: NDArray[Depth], original: NDArray[Depth]) -> NDArray[Depth]:
    """The brightness of `stylized` with the colours of `original` (Gatys et al. 2016, arXiv 1606.05897, section 5.2).

    Args:
        stylized, original: (height, width, 3) BGR of the same shape and dtype.
    """
    ycc = cv2.cvtColor(original, cv2.COLOR_BGR2YCrCb)
    cv2.insertChannel(cv2.cvtColor(stylized, cv2.COLOR_BGR2GRAY), ycc, 0)
    return cv2.cvtColor(ycc, cv2.COLOR_YCrCb2BGR).astype(original.dtype, copy=False)


def finished(
    painted: NDArray[Depth], original: NDArray[Depth], *, strength: float, keep_colors: bool
) -> NDArray[Depth]:
    """The frame to show: `painted`, with the colours of `original` if they are to be kept, mixed with `original`.

    Args:
        painted, original: (height, width, 3) BGR of the same shape and dtype.
        strength: 1 shows the style, 0 the original.
        keep_colors: keep the original colours and take only the brightness from the style.
    """
    if strength <= 0:
        return original
    if strength >= 1 and not keep_colors:
        return painted
    out = np.empty_like(painted)

    def finish(rows: slice) -> None:
        shown = in_colors_of(painted[rows], original[rows]) if keep_colors else painted[rows]
        out[rows] = mix(original[rows], shown, strength)

    in_strips(len(painted), finish)
    return out
