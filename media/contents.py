"""The bytes of picture files."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nstcam.media.pixels import PictureError
from nstcam.media.size_limit import LIMIT, most_pixels, too_large
from nstcam.media.stated_size import stated_size

_BYTES_PER_PIXEL: Final = 8
_METADATA: Final = 1 << 26
"""Bytes that a file may have beside its pixels."""


def picture_bytes(path: Path) -> NDArray[np.uint8]:
    """The contents of a picture file, (bytes,), which may be empty.

    Raises:
        PictureError: its header states too large a picture, or it is too long for any.
        OSError: it cannot be read.
    """
    try:
        length = path.stat().st_size
        if length > (most := _BYTES_PER_PIXEL * most_pixels() + _METADATA):
            raise PictureError(
                f"is {length:,} bytes long, and a picture may have at most {most:,}; make it smaller, "
                f"or set {LIMIT} higher"
            )
        # Mapped, so that only the header is read: a refusal comes before the memory is taken.
        if length:
            with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                size = stated_size(data)
            if refusal := size and too_large(size):
                raise PictureError(refusal)
    except ValueError as error:
        raise PictureError(f"cannot be judged: {error}") from error
    return np.fromfile(path, np.uint8)  # cv2.imread cannot open every path on Windows
