"""HEIC photographs, as phones make them, by pillow-heif, an optional package: OpenCV has no decoder for them."""

from __future__ import annotations

import importlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nstcam.media.kinds import HEIC_CURE
from nstcam.media.pixels import Picture, PictureError

_NEEDS: Final = f"is a HEIC file, which needs a package: pip install 'nstcam[heic]'; or {HEIC_CURE}"


def read_heic(data: NDArray[np.uint8]) -> Picture:
    """The main picture of a file, upright, in 8 bits; one of 10 bits is rounded.

    Args:
        data: the whole file, (bytes,); its stated size has been checked.

    Raises:
        PictureError: the package is missing, or the file is damaged.
    """
    try:
        library: Any = importlib.import_module("pillow_heif")
    except ImportError as error:
        raise PictureError(_NEEDS) from error
    try:
        picture = library.open_heif(data.tobytes(), convert_hdr_to_8bit=True, bgr_mode=True)
        whole = np.array(picture, np.uint8)
        icc = picture.info.get("icc_profile")
    except Exception as error:  # libheif's errors share no type
        raise PictureError(f"is a HEIC file that is damaged ({' '.join(str(error).split())[:100]})") from error
    if whole.ndim == 2:
        whole = np.repeat(whole[:, :, None], 3, 2)
    alpha = np.ascontiguousarray(whole[:, :, 3]) if whole.shape[2] == 4 else None
    return Picture(np.ascontiguousarray(whole[:, :, :3]), alpha, icc if isinstance(icc, bytes) else None)
