"""Numbered pictures for tests."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.picture.file import read_picture


def level(number: int, height: int = 48, width: int = 64) -> NDArray[np.uint8]:
    """A picture that tells its number."""
    return np.full((height, width, 3), (number * 10, 40, 200), np.uint8)


def write_pictures(folder: Path, numbers: list[int], name: str = "%03d.png") -> Path:
    folder.mkdir(exist_ok=True)
    for number in numbers:
        cv2.imwrite(str(folder / (name % number)), level(number))
    return folder / name


def blues(folder: Path) -> dict[str, int]:
    """The blue of each picture in a folder, by its name."""
    return {path.name: int(read_picture(path).pixels[20, 20, 0]) for path in sorted(folder.iterdir())}
