"""Putting people before a background, and backgrounds that are not painted."""

from __future__ import annotations

from typing import Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.people import runs
from nstcam.realtime.people.runs import Mask

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
    edges, length = runs.mixed(mask), runs.run_length(mask.size)
    if len(edges):
        near, far = (runs.picked(np.ascontiguousarray(each), edges, length) for each in (people, background))
        share = runs.picked(np.ascontiguousarray(mask), edges, length)
        share = cv2.merge((share, share, share)).reshape(near.shape)
        # In whole numbers twice as wide as the levels, which hold 255 times the largest level.
        wide = np.uint16 if out.dtype == np.uint8 else np.uint32
        mixture = np.multiply(near, share, dtype=wide)
        mixture += np.multiply(far, 255 - share, dtype=wide)
        mixture += 127
        mixture //= 255
        runs.put(out, edges, mixture.astype(out.dtype))
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
