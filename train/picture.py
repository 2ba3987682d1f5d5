"""Pictures in memory, in files and as tensors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nstcam.media.address import as_address
from nstcam.media.contents import picture_bytes
from nstcam.media.decode import decode_picture
from nstcam.media.pixels import PictureError, as_8_bits
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

_QUALITY: Final = {
    ".jpg": [cv2.IMWRITE_JPEG_QUALITY, 95],
    ".jpeg": [cv2.IMWRITE_JPEG_QUALITY, 95],
    ".webp": [cv2.IMWRITE_WEBP_QUALITY, 95],
}


def read_rgb(path: Path, least: int | None = None) -> Picture:
    """A picture file as upright RGB uint8; transparency is dropped.

    Args:
        least: pixels that the shorter side needs at least; a JPEG with more may be decoded smaller.

    Raises:
        TrainError: missing, too large, or not a picture.
    """
    return read_file(path, least)[0]


def read_file(path: Path, least: int | None = None) -> tuple[Picture, NDArray[np.uint8] | None]:
    """A picture file as upright RGB uint8, and its alpha, (H, W), if it has any; as `nstcam image` reads it.

    Raises:
        TrainError: missing, too large, or not a picture.
    """
    if not path.is_file():
        if address := as_address(path):
            raise TrainError(f"{address}; download it first")
        raise TrainError(f"picture {path} not found")
    level = cv2.utils.logging.setLogLevel(0)  # the messages below say it better
    try:
        data = picture_bytes(path)
        if least is not None and (flag := reduced_flag(data[:MOST_METADATA].tobytes(), least)) != cv2.IMREAD_COLOR:
            reduced = cv2.imdecode(data, flag)
            if reduced is None:
                raise TrainError(f"{path} is damaged; get the file again")
            return np.ascontiguousarray(reduced[..., ::-1], np.uint8), None
        picture = decode_picture(data)
    except OSError as error:
        raise TrainError(f"{path} cannot be read ({error.strerror})") from error
    except PictureError as error:
        raise TrainError(f"{path} {error}") from error
    finally:
        cv2.utils.logging.setLogLevel(level)
    rgb = np.ascontiguousarray(as_8_bits(picture.pixels)[..., ::-1])
    return rgb, None if picture.alpha is None else as_8_bits(picture.alpha)


def bundled_photographs(side: int) -> Iterator[Picture]:
    """Those in PHOTOS by name, the shorter side of each at most so many pixels."""
    for path in sorted(PHOTOS.glob("*.jpg")):
        yield shrink_to(read_rgb(path), side)


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
