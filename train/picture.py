"""Pictures in memory, in files and as tensors."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nstcam.train.errors import TrainError
from nstcam.train.files import write_whole
from nstcam.train.jpeg import MOST_METADATA, reduced_flag

Picture = NDArray[np.uint8]
"""(H, W, 3) RGB."""

PHOTOS: Final = Path(__file__).parent / "photos"
"""Free photographs that are part of the package; SOURCES.md beside them lists their authors."""

SMALLEST_SIDE: Final = 32
"""Pixels. Content, paintings and results must have at least this many on either side: the deep layers of the loss
network see nothing in less."""

_MOST_PIXELS: Final = 2**30
"""The largest picture that OpenCV reads."""
_QUALITY: Final = {
    ".jpg": [cv2.IMWRITE_JPEG_QUALITY, 95],
    ".jpeg": [cv2.IMWRITE_JPEG_QUALITY, 95],
    ".webp": [cv2.IMWRITE_WEBP_QUALITY, 95],
}


def read_rgb(path: Path, least: int | None = None) -> Picture:
    """Any picture OpenCV reads, as upright RGB uint8 (EXIF orientation applied, alpha dropped).

    Args:
        least: pixels that the shorter side needs at least; a JPEG with more may be decoded smaller.

    Raises:
        TrainError: missing, or not a picture.
    """
    if not path.is_file():
        raise TrainError(f"picture {path} not found")
    return decoded(path, cv2.IMREAD_COLOR, least)[..., ::-1].copy()


def decoded(path: Path, flags: int, least: int | None = None) -> NDArray[Any]:
    """A picture file, decoded by OpenCV: (H, W) or (H, W, C), BGR.

    Args:
        flags: OpenCV's IMREAD flags.
        least: as in `read_rgb`; replaces `flags`.

    Raises:
        TrainError: not a picture.
    """
    level = cv2.utils.logging.setLogLevel(0)  # the message below says it better
    try:
        data = np.fromfile(path, np.uint8)
        if least is not None:
            flags = reduced_flag(data[:MOST_METADATA].tobytes(), least)
        picture = cv2.imdecode(data, flags) if data.size else None
    except OSError as error:
        raise TrainError(f"{path} cannot be read ({error.strerror})") from error
    except cv2.error as error:
        raise TrainError(
            f"{path} cannot be read as a picture: OpenCV refuses it, as it does beyond {_MOST_PIXELS:,} pixels; "
            "make it smaller"
        ) from error
    finally:
        cv2.utils.logging.setLogLevel(level)
    if picture is None:
        raise TrainError(f"{path} cannot be read as a picture; JPEG, PNG, WebP, BMP and TIFF of 8 or 16 bits work")
    return picture


def shrink_to(picture: Picture, short_side: int) -> Picture:
    """The picture scaled down (never up) to a shorter side of `short_side` pixels."""
    scale = short_side / min(picture.shape[:2])
    if scale >= 1:
        return picture
    size_wh = (max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1))
    return cv2.resize(picture, size_wh, interpolation=cv2.INTER_AREA).astype(np.uint8)


def to_tensor(picture: Picture, device: torch.device) -> Tensor:
    """(H, W, 3) uint8 -> (1, 3, H, W) float32 in 0..1."""
    return torch.from_numpy(picture).to(device).permute(2, 0, 1)[None].float() / 255


def to_picture(image: Tensor) -> Picture:
    """(1, 3, H, W), RGB in 0..1 -> (H, W, 3) RGB uint8; values outside are clipped."""
    pixels: Picture = (image.detach()[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous().cpu().numpy()
    return pixels


def write_picture(path: Path, rgb: Picture) -> None:
    """Writes the picture in the format of its suffix, completely or not at all.

    Raises:
        TrainError: it cannot be encoded or written.
    """
    height, width = rgb.shape[:2]
    try:
        ok, data = cv2.imencode(path.suffix.lower(), rgb[..., ::-1], _QUALITY.get(path.suffix.lower(), []))
    except cv2.error:
        ok = False
    if not ok:
        raise TrainError(f"{path} cannot be written: {path.suffix} files cannot hold {width}x{height} px; use .png")
    write_whole(path, data.tobytes())
