"""The free photographs in train/photos that pictures are drawn from: CC0 or public domain (SOURCES.md there)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np

from scripts.style_pictures.fields import Field

PHOTOS: Final = Path(__file__).parents[2] / "train" / "photos"


def photo(name: str, width: int, height: int, left: float = 0.5, top: float = 0.5, zoom: float = 1.0) -> Field:
    """The photograph cropped to the shape and enlarged: height x width x 3, sRGB of 0 to 1.

    zoom 1 is the largest crop; left and top (0 to 1) say where it lies."""
    picture = cv2.imread(str(PHOTOS / f"{name}.jpg"))
    if picture is None:
        raise FileNotFoundError(PHOTOS / f"{name}.jpg")
    rows, columns = picture.shape[:2]
    scale = min(columns / width, rows / height) / zoom
    w, h = round(width * scale), round(height * scale)
    x, y = round((columns - w) * left), round((rows - h) * top)
    crop = cv2.cvtColor(picture[y : y + h, x : x + w], cv2.COLOR_BGR2RGB).astype(np.float32) / 255
    return np.clip(cv2.resize(crop, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1).astype(np.float32)
