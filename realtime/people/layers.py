"""Putting people before a background, and backgrounds that are not painted."""

from __future__ import annotations

from typing import Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.people.refine import Mask

BLUR: Final = 0.035
"""Radius of the blur, as a share of the picture's shorter side."""
_SMALL: Final = 8.0
"""Pixels of that radius at the size that the blur is computed at."""

Depth = TypeVar("Depth", bound=np.uint8 | np.uint16)


def before(background: NDArray[Depth], people: NDArray[Depth], mask: Mask) -> NDArray[Depth]:
    """The people where the mask is 255, the background where it is 0, and mixtures at the edges; a new picture.

    Args:
        background, people: (height, width, 3) of the same dtype.
    """
    out = background.copy(order="C")
    cv2.copyTo(people, mask, out)
    edges = np.flatnonzero((mask - np.uint8(1)) < 254)  # the few pixels that are neither 0 nor 255
    if len(edges):
        near, far = (np.take(picture.reshape(-1, 3), edges, 0) for picture in (people, background))
        share = np.take(mask.reshape(-1), edges)[:, None] * np.float32(1 / 255)
        mixed = (far + (near - far.astype(np.float32)) * share + np.float32(0.5)).astype(out.dtype)
        whole = np.dtype((np.void, 3 * out.itemsize))  # a pixel as one value, which NumPy stores twice as fast
        out.reshape(-1, 3).view(whole)[edges, 0] = mixed.view(whole)[:, 0]
    return out


def blurred(frame: NDArray[Depth], mask: Mask) -> NDArray[Depth]:
    """The frame out of focus. People are left out of it, or they would glow around their edges."""
    height, width = frame.shape[:2]
    radius = BLUR * min(height, width)
    scale = min(_SMALL / radius, 1.0)
    small_wh = max(round(width * scale), 1), max(round(height * scale), 1)
    share = 1 - cv2.resize(mask, small_wh, interpolation=cv2.INTER_AREA).astype(np.float32)[..., None] / 255
    small = cv2.resize(frame, small_wh, interpolation=cv2.INTER_AREA).astype(np.float32)
    spread = cv2.GaussianBlur(np.dstack((small * share, share)), (0, 0), radius * scale)
    soft = spread[..., :3] / np.maximum(spread[..., 3:], 1e-3)
    # Deep inside a person no background is near; nobody sees what is there.
    whole = cv2.resize(np.clip(soft, 0, np.iinfo(frame.dtype).max), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.round(whole), frame.dtype)
