"""Stylized and original frames put together."""

from __future__ import annotations

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

Depth = TypeVar("Depth", bound=np.uint8 | np.uint16)
"""Frames have 8 bits; these functions take pictures of 16 as well."""


def mix(first: NDArray[Depth], second: NDArray[Depth], weight: float) -> NDArray[Depth]:
    """`first` at weight 0, `second` at weight 1, between them in between; of the same size."""
    if weight <= 0:
        return first
    if weight >= 1:
        return second
    return cv2.addWeighted(first, 1 - weight, second, weight, 0).astype(first.dtype, copy=False)


def in_colors_of(stylized: NDArray[Depth], original: NDArray[Depth]) -> NDArray[Depth]:
    """The brightness of `stylized` in the colours of `original` (Gatys et al. 2016, arXiv 1606.05897, section 5.2)."""
    ycc = cv2.cvtColor(original, cv2.COLOR_BGR2YCrCb)
    cv2.insertChannel(cv2.cvtColor(stylized, cv2.COLOR_BGR2GRAY), ycc, 0)
    return cv2.cvtColor(ycc, cv2.COLOR_YCrCb2BGR).astype(original.dtype, copy=False)


def finished(
    painted: NDArray[Depth], original: NDArray[Depth], *, strength: float, keep_colors: bool
) -> NDArray[Depth]:
    """What is shown: `painted` in the colours of `original` if they are kept, and a share of the original.

    Args:
        painted, original: (height, width, 3) BGR of the same size.
        strength: 1 shows the style, 0 the original.
        keep_colors: only the brightness is the style's.
    """
    if keep_colors:
        painted = in_colors_of(painted, original)
    return mix(original, painted, strength)
