"""A picture file as the painting of a style: what is taken from it, in a tenth of a second and without PyTorch."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from nstcam.media.pixels import as_8_bits_on_white
from nstcam.realtime.decoded_file import decoded_file
from nstcam.realtime.errors import StyleError
from nstcam.realtime.frame import SMALLEST_SIDE, Frame
from nstcam.realtime.palette.bundled import bundled_strokes
from nstcam.realtime.palette.choice import nearest
from nstcam.realtime.palette.colours import ColourMap

STYLE_SIZE: Final = 640
"""Pixels of the shorter side at which a painting's strokes and contrast are measured, as nst-train does by default."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Painting:
    """What a style takes from a picture."""

    path: Path
    digest: str
    """SHA-256 of the file, in hexadecimal digits."""
    strokes: str
    """Name of the bundled style whose strokes come nearest to the picture's."""
    colours: ColourMap
    """The map from the colours that this style paints to the picture's."""


def read_painting(path: Path) -> Painting:
    """Reads a picture file and chooses its strokes.

    Raises:
        StyleError: it cannot be read, is too large, is not a picture, or is smaller than 32x32.
    """
    picture, data = decoded_file(path, StyleError)
    height, width = picture.pixels.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise StyleError(
            f"{path} is {width}x{height}; a picture needs at least {SMALLEST_SIDE}x{SMALLEST_SIDE} to be a style"
        )
    if picture.animated:
        _log.warning("%s is an animation; its first frame is the style", path)
    strokes, colours = nearest(shrunk(as_8_bits_on_white(picture)), bundled_strokes())
    return Painting(path, hashlib.sha256(data.tobytes()).hexdigest(), strokes, colours)


def shrunk(pixels: Frame) -> Frame:
    """The picture at STYLE_SIZE; never enlarged."""
    height, width = pixels.shape[:2]
    scale = STYLE_SIZE / min(height, width)
    if scale >= 1:
        return pixels
    size_wh = max(round(width * scale), 1), max(round(height * scale), 1)
    return cv2.resize(pixels, size_wh, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
