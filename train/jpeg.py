"""Decoding JPEGs at a half, a quarter or an eighth of their size, which takes a fraction of the time."""

from __future__ import annotations

from typing import Final

import cv2

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
    """Shorter side in pixels, from the frame header of a JPEG (ITU-T T.81, B.2.2); 0 if `data` contains none."""
    at = 2
    while data[:2] == b"\xff\xd8" and at + 9 <= len(data) and data[at] == 0xFF:
        if 0xC0 <= data[at + 1] <= 0xCF and data[at + 1] not in (0xC4, 0xC8, 0xCC):  # tables and extensions
            return min(int.from_bytes(data[at + 5 : at + 7]), int.from_bytes(data[at + 7 : at + 9]))
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return 0
