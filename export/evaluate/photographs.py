"""Photographs to measure styles on, at the sizes that are asked for."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from nstcam.export.errors import ExportError
from nstcam.media.kinds import PICTURES
from nstcam.train.errors import UsageError
from nstcam.train.picture import PHOTOS, Picture

BUNDLED: Final = ("astronaut.jpg", "chelsea.jpg", "coffee.jpg")
"""A face, fur and a still life: the bundled photographs that styles are measured on by default."""


def pictures_of(folder: Path | None, most: int | None = None) -> list[Path]:
    """The picture files of a folder, sorted by name, or `most` of them evenly spaced. Without a folder: bundled ones.

    Raises:
        ExportError: no such folder, or no picture in it.
    """
    if folder is None:
        found = [PHOTOS / name for name in BUNDLED]
    else:
        if not folder.is_dir():
            raise ExportError(f"{folder} is not a folder; give a folder with photographs")
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)
    if not found:
        raise ExportError(f"no picture in {folder}; JPEG, PNG, WebP, BMP and TIFF work")
    if most is None or most >= len(found):
        return found
    return [found[int((i + 0.5) * len(found) / most)] for i in range(most)]


def digest(path: Path) -> str:
    """First 16 hexadecimal digits of the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def check_size(size: str) -> str:
    """Raises UsageError unless `size` is a shorter side ("256") or WIDTHxHEIGHT ("640x480"), in pixels, at least 32."""
    if not re.fullmatch(r"\d+(x\d+)?", size) or min(int(side) for side in size.split("x")) < 32:
        raise UsageError(
            f"size {size} cannot be used; give a shorter side (256) or WIDTHxHEIGHT (640x480), at least 32"
        )
    return size


def sized(picture: Picture, size: str) -> Picture:
    """The picture scaled up or down to a shorter side, or scaled to cover WIDTHxHEIGHT and cropped about the middle."""
    scaled_wh, (left, top), (width, height) = scale_and_crop((picture.shape[1], picture.shape[0]), size)
    method = cv2.INTER_AREA if scaled_wh[0] < picture.shape[1] else cv2.INTER_CUBIC
    scaled = np.asarray(cv2.resize(picture, scaled_wh, interpolation=method), np.uint8)
    return np.ascontiguousarray(scaled[top : top + height, left : left + width])


def scale_and_crop(
    width_height: tuple[int, int], size: str
) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """What `sized` does with a picture: its size once scaled, left and top of what is shown of that, and its size."""
    width, height = width_height
    sides = [int(side) for side in size.split("x")]
    scale = sides[0] / min(height, width) if len(sides) == 1 else max(sides[0] / width, sides[1] / height)
    scaled = round(width * scale), round(height * scale)
    if len(sides) == 1:
        return scaled, (0, 0), scaled
    return scaled, ((scaled[0] - sides[0]) // 2, (scaled[1] - sides[1]) // 2), (sides[0], sides[1])
