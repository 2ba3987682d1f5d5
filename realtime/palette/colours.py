"""Maps the colours of one set of pictures to those of another: mean to mean, covariance to covariance.

The linear map with the least change that does so is that of Monge and Kantorovich (Pitié and Kokaram 2007, "The linear
Monge-Kantorovitch linear colour mapping"). nst-train ends with the same map (train/fit/colour_map.py).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LARGEST_GAIN: Final = 1.5
"""No direction of colour is stretched by more: colours that a style does not paint at all would be made of noise, and a
painting of high contrast would burn out the picture."""
CONTRAST: Final = 0.75
"""What is painted gets so much of the painting's deviations from dark to light, measured on the bundled photographs.
Others have more contrast than those and come to all of it (docs/research/palette.md)."""
HUES: Final = 0.88
"""The share across the greys."""
LEAST_CONTRAST: Final = 24.0
"""The least standard deviation of greys, in levels: in the colours of an almost even painting the scene would be
lost."""


class Colours(NamedTuple):
    """The distribution of colours in pictures, BGR, in levels of 0..255."""

    mean: Floats
    """(3,)"""
    covariance: Floats
    """(3, 3): the mean of the covariances within each picture, since a dark picture beside a light one is not
    contrast."""


class ColourMap(NamedTuple):
    """colour -> matrix @ colour + offset; BGR, in levels. Plain numbers, so that it can be compared and hashed."""

    matrix: tuple[tuple[float, ...], ...]
    """3 rows of 3."""
    offset: tuple[float, ...]
    """3 numbers."""


UNCHANGED: Final = ColourMap(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), (0.0, 0.0, 0.0))


def colours_of(picture: NDArray[np.uint8]) -> Colours:
    """The colours of one picture, (height, width, 3)."""
    pixels = picture.reshape(-1, 3).astype(np.float64)
    mean = pixels.mean(0)
    return Colours(mean, (pixels - mean).T @ (pixels - mean) / len(pixels))


def map_between(painted: Colours, wanted: Colours, contrast: float = 1.0, hues: float = 1.0) -> ColourMap:
    """The map from colours that a style paints to those of a painting.

    A grey painting makes the picture grey. One with less contrast than LEAST_CONTRAST gives it that much, in greys
    around the painting's colour, which is a little lighter than black then and darker than white.

    Args:
        contrast: share of the standard deviations along the greys to map to.
        hues: that across them.
    """
    greys = np.full((3, 3), 1 / 3)  # projects on them
    shares = contrast * greys + hues * (np.eye(3) - greys)
    covariance = shares @ with_contrast(wanted.covariance) @ shares
    root, inverse = _power(painted.covariance, 0.5), _power(painted.covariance, -0.5)
    gains, directions = np.linalg.eigh(inverse @ _power(root @ covariance @ root, 0.5) @ inverse)
    matrix = directions * np.minimum(gains, LARGEST_GAIN) @ directions.T
    offset = with_room(wanted) - matrix @ painted.mean
    return ColourMap(tuple(map(tuple, matrix.tolist())), tuple(offset.tolist()))


def with_room(wanted: Colours) -> Floats:
    """The mean; without contrast of its own at least LEAST_CONTRAST away from black and white, which would swallow half
    of the contrast that is added."""
    if not _lacking(wanted.covariance):
        return wanted.mean
    room: Floats = np.clip(wanted.mean, LEAST_CONTRAST, 255 - LEAST_CONTRAST)
    return room


def with_contrast(covariance: Floats) -> Floats:
    """The covariance with as much variance of grey added as is missing to LEAST_CONTRAST."""
    enough: Floats = covariance + np.full((3, 3), _lacking(covariance))
    return enough


def _lacking(covariance: Floats) -> float:
    """The variance of grey that is missing to LEAST_CONTRAST, 0 if none is."""
    grey = np.full((3, 3), 1 / 9)  # the covariance of the mean of the three colours, with a vector of thirds
    return max(LEAST_CONTRAST**2 - float((grey * covariance).sum()), 0.0)


def _power(covariance: Floats, exponent: float) -> Floats:
    """A power of a symmetric matrix. Directions without variance, as in grey pictures, get a deviation of 1e-3."""
    values, vectors = np.linalg.eigh(covariance)
    powers: Floats = vectors * np.maximum(values, 1e-3**2) ** exponent @ vectors.T
    return powers
