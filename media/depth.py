"""How many levels a channel of a picture file has, where OpenCV hands out the levels as they are stored."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nstcam.media.pixels import PictureError

_PNM: Final = re.compile(rb"P([2356])(?:\s|#[^\n]*\n)+\d+(?:\s|#[^\n]*\n)+\d+(?:\s|#[^\n]*\n)+(\d+)")
"""The header of a PGM or PPM, as text (2, 3) or binary (5, 6), up to its highest level."""

_J2K: Final = b"\xff\x4f\xff\x51"
"""The beginning of a JPEG 2000 codestream (ISO/IEC 15444-1, A.5.1)."""
_YCC: Final = b"colr\x01\0\0\0\0\0\x12"
"""The box that says sYCC (I.5.3.3)."""


def as_grey(pam: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A PAM of black and white under another header: OpenCV takes its samples, which are bytes, for bits."""
    head, rest = pam[:512].tobytes(), pam[512:]
    head = re.sub(rb"\nMAXVAL\s+1\n", b"\nMAXVAL 255\n", head.replace(b"BLACKANDWHITE", b"GRAYSCALE", 1), count=1)
    return np.concatenate([np.frombuffer(head, np.uint8), rest])


def highest_level(head: bytes, deep: bool) -> int | None:
    """The level that stands for white in a PGM, PPM, PAM or JPEG 2000; None if OpenCV scales the levels itself.

    Args:
        head: the first 4096 bytes of the file.
        deep: whether OpenCV made 16-bit levels of them.

    Raises:
        PictureError: OpenCV converts the colours as if they had 8 bits.
    """
    if found := _PNM.match(head):
        scaled = found[1] in b"23" and not deep
        return None if scaled else _sensible(int(found[2]), deep)
    if head.startswith(b"P7"):
        maxval = re.search(rb"\nMAXVAL\s+(\d+)", head)
        return _sensible(int(maxval[1]), deep) if maxval else None
    at = head.find(_J2K)
    if deep and at >= 0 and len(head) > at + 42:
        if _YCC in head[:at]:
            raise PictureError("is a JPEG 2000 of more than 8 bits in YCbCr, which cannot be read; save it as RGB")
        return _sensible(2 ** ((head[at + 42] & 0x7F) + 1) - 1, deep)
    return None


def _sensible(most: int, deep: bool) -> int | None:
    return most if 0 < most <= (65535 if deep else 255) else None
