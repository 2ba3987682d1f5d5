"""A picture file as the painting of a style: what is taken from it, in less than a second and without PyTorch."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from nstcam.media.pixels import as_8_bits_on_white
from nstcam.realtime.decoded_file import decoded_file
from nstcam.realtime.errors import StyleError
from nstcam.realtime.frame import SMALLEST_SIDE, Frame
from nstcam.realtime.palette.basis import basis
from nstcam.realtime.palette.colours import CONTRAST, HUES, ColourMap, colours_of, map_between
from nstcam.realtime.palette.eight_bits import Range
from nstcam.realtime.palette.encoder import STYLE_SIZE, features_of
from nstcam.realtime.palette.inscribe import canvas_of, inscribed
from nstcam.realtime.palette.network import in_levels, recoloured
from nstcam.realtime.palette.rehearsal import rehearse

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Painting:
    """What a style takes from a picture."""

    path: Path
    digest: str
    """SHA-256 of the file and of `palette.basis`, in hexadecimal digits: what makes the style."""
    shares: tuple[float, ...]
    """How much of each change of `palette.basis` its network has."""
    colours: ColourMap
    """The map from the colours that this network paints to the picture's."""
    ranges: tuple[tuple[str, Range], ...]
    """Of the network's values in 8 bits, by name."""

    def inscribed(self, model: bytes) -> bytes:
        """A style of network lite with the painting's network in its place, in floats or in 8 bits.

        Raises:
            StyleError: it is not such a model.
        """
        network = recoloured(in_levels(basis().network(self.shares)), self.colours)
        return inscribed(model, network, dict(self.ranges))


def read_painting(path: Path, container: Path) -> Painting:
    """Reads a picture file and finds its network.

    Args:
        container: a style of network lite in floats, whose canvas the network paints on.

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
    pixels = shrunk(as_8_bits_on_white(picture))
    shares = basis().shares(features_of(pixels))
    found = rehearse(in_levels(basis().network(shares)), canvas_of(container.read_bytes()))
    colours = map_between(found.colours, colours_of(pixels), CONTRAST, HUES)
    digest = hashlib.sha256(data.tobytes() + basis().digest).hexdigest()
    return Painting(path, digest, shares, colours, tuple(found.ranges.items()))


def shrunk(pixels: Frame) -> Frame:
    """The picture at STYLE_SIZE; never enlarged."""
    height, width = pixels.shape[:2]
    scale = STYLE_SIZE / min(height, width)
    if scale >= 1:
        return pixels
    size_wh = max(round(width * scale), 1), max(round(height * scale), 1)
    return cv2.resize(pixels, size_wh, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
