"""Content pictures to measure styles on, at the sizes that are asked for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from nstcam.export.errors import ExportError
from nstcam.realtime.picture.file import SUFFIXES
from nstcam.train.content.pictures import PHOTOS
from nstcam.train.content.scenes import Picture

BUNDLED: Final = ("astronaut.jpg", "chelsea.jpg", "coffee.jpg")
"""A face, fur and a still life, of the photographs that come along."""


def pictures_of(folder: Path | None, most: int | None = None) -> list[Path]:
    """Picture files of a folder by name, `most` of them evenly spaced; without a folder the bundled ones.

    Raises:
        ExportError: no such folder, or no picture in it.
    """
    if folder is None:
        found = [PHOTOS / name for name in BUNDLED]
    else:
        if not folder.is_dir():
            raise ExportError(f"{folder} is no folder; give one with photographs")
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not found:
        raise ExportError(f"no picture in {folder}; JPEG, PNG, WebP, BMP and TIFF work")
    if most is None or most >= len(found):
        return found
    return [found[int((i + 0.5) * len(found) / most)] for i in range(most)]


def check_size(size: str) -> str:
    """Raises ExportError unless `size` is a shorter side ("256") or WIDTHxHEIGHT ("640x480"), 32 or more."""
    if not re.fullmatch(r"\d+(x\d+)?", size) or min(int(side) for side in size.split("x")) < 32:
        raise ExportError(f"size {size} is none; give a shorter side (256) or WIDTHxHEIGHT (640x480), at least 32")
    return size


def sized(picture: Picture, size: str) -> Picture:
    """Scaled, up as well as down, to a shorter side or to cover WIDTHxHEIGHT, whose middle is cut out."""
    height, width = picture.shape[:2]
    sides = [int(side) for side in size.split("x")]
    scale = sides[0] / min(height, width) if len(sides) == 1 else max(sides[0] / width, sides[1] / height)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled_wh = round(width * scale), round(height * scale)
    scaled = np.asarray(cv2.resize(picture, scaled_wh, interpolation=method), np.uint8)
    if len(sides) == 1:
        return scaled
    top, left = (scaled_wh[1] - sides[1]) // 2, (scaled_wh[0] - sides[0]) // 2
    return np.ascontiguousarray(scaled[top : top + sides[1], left : left + sides[0]])
