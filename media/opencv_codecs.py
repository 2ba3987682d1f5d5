"""OpenCV's decoders: pixels as stored, with the metadata beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.media.pixels import PictureError

REFUSAL: Final = "is not a picture that can be read, or is damaged; give a PNG, JPEG, WebP, AVIF, BMP or TIFF"
MOST_PIXELS: Final = 2**30
"""The largest picture that OpenCV reads."""


class Stored(NamedTuple):
    """A decoded file: (height, width) or (height, width, channels) BGR or BGRA as stored, EXIF and colour profile."""

    pixels: NDArray[Any]
    exif: bytes | None
    icc: bytes | None


def stored_picture(data: NDArray[np.uint8]) -> Stored:
    """Decodes a file with all its channels and bits, not turned.

    Raises:
        PictureError: OpenCV does not know the format, the file is damaged, or has more pixels than OpenCV allows.
    """
    try:
        pixels, kinds, metadata = cv2.imdecodeWithMetadata(data, flags=cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise PictureError(
            f"cannot be read as a picture: OpenCV refuses it, as it does beyond {MOST_PIXELS:,} pixels; make it smaller"
        ) from error
    if pixels is None:
        raise PictureError(REFUSAL)
    return Stored(
        pixels, _of_kind(cv2.IMAGE_METADATA_EXIF, kinds, metadata), _of_kind(cv2.IMAGE_METADATA_ICCP, kinds, metadata)
    )


def _of_kind(kind: int, kinds: Sequence[int], metadata: Sequence[NDArray[Any]]) -> bytes | None:
    return next((data.tobytes() for found, data in zip(kinds, metadata, strict=True) if found == kind), None)
