"""Decoding JPEGs at a half, a quarter or an eighth of their size, which takes a fraction of the time."""

from __future__ import annotations

from typing import Final

import cv2

from nstcam.media.stated_size import stated_size

_FLAGS: Final = {8: cv2.IMREAD_REDUCED_COLOR_8, 4: cv2.IMREAD_REDUCED_COLOR_4, 2: cv2.IMREAD_REDUCED_COLOR_2}
MOST_METADATA: Final = 1 << 20
"""Most bytes before the size in a file; EXIF with its thumbnail and a colour profile takes less."""


def reduced_flag(data: bytes, least: int) -> int:
    """OpenCV's flag for the smallest decoding whose shorter side has `least` px or more; other formats are read whole.

    Args:
        data: at least the first MOST_METADATA of the file.
    """
    shorter = shorter_side(data)
    return next((flag for factor, flag in _FLAGS.items() if shorter // factor >= least), cv2.IMREAD_COLOR)


def shorter_side(data: bytes) -> int:
    """Shorter side in pixels, from the frame header of a JPEG; 0 if `data` contains none, or is of another format."""
    size = stated_size(data) if data[:2] == b"\xff\xd8" else None
    return min(size) if size else 0
