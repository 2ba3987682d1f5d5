"""Pictures with and without a person: the astronaut of train/photos before a wall of our own."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from nstcam.realtime.frame import Frame, covering
from nstcam.realtime.picture.file import read_picture
from tests.support.media.clips import texture

PHOTO: Final = Path(__file__).parents[3] / "train" / "photos" / "astronaut.jpg"


@cache
def astronaut(height: int = 240, width: int = 320) -> Frame:
    """A woman in front of flags and a model of a spacecraft, from the waist up."""
    return covering(np.asarray(read_picture(PHOTO).pixels, np.uint8), (height, width))


@cache
def wall(height: int = 240, width: int = 320) -> Frame:
    """A wall with faint blots, and nobody in front of it."""
    return np.asarray(120 + (texture(height, width).astype(np.float32) - 128) * 0.2, np.uint8)


def noisy(frame: Frame, seed: int, levels: float = 4.0) -> Frame:
    noise = np.random.default_rng(seed).normal(0, levels, frame.shape)
    return np.clip(frame + noise, 0, 255).round().astype(np.uint8)


def moved(frame: Frame, columns: int) -> Frame:
    """The frame moved to the right; its left edge is repeated."""
    shift = np.array([[1, 0, columns], [0, 1, 0]], np.float32)
    height, width = frame.shape[:2]
    return np.asarray(cv2.warpAffine(frame, shift, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)
