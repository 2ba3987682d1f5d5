"""What strokes look like in numbers: how strong they are at three scales, how sparse, and how scales go together.

Gram matrices of a loss network say more, but need PyTorch, and as errors of a style that was trained for another
painting they mislead: the least is often that of whichever style paints the least (docs/research/palette.md).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.frame import Frame
from nstcam.realtime.palette.colours import ColourMap, Floats

_SIGMA: Final = 1.0
"""Standard deviation, in pixels, of the Gaussian that separates each scale from the coarser ones."""
_LEAST_VARIANCE: Final = 0.25
"""In squared levels. Paint with less variance is even: it has no strokes whose strength could be compared."""

USUAL: Final = np.array([0.41, 0.28, 0.19, 0.09, 0.04, 0.0, -0.04, -0.06])
"""The mean of a style's `deviations` from its own painting, over the ten bundled styles that were trained from
paintings: in all of them alike, strokes on photographs are stronger and less sparse than in the painting."""
SPREAD: Final = np.array([0.25, 0.15, 0.13, 0.10, 0.07, 0.07, 0.06, 0.10])
"""Their standard deviations."""
_WEAKER: Final = 0.8
"""The loss that styles are judged by squares what is too much, while of what is missing it can only miss all."""


class Strokes(NamedTuple):
    """Details of a picture at four scales: the finest is what a Gaussian takes away; each next one is what it takes
    away from the rest at half the size."""

    strength: Floats
    """(3, 3, 3): covariance of the colours (BGR, levels) of the three finest details."""
    sparseness: Floats
    """(2,): logarithm of the mean of the two finest details' greys, in standard deviations. Few sharp edges on even
    paint have a small one."""
    together: Floats
    """(3,), -1..1: correlation of each detail's greys, without their sign, with those of the next coarser one."""


def strokes_of(picture: Frame) -> Strokes:
    """The strokes of a picture with sides of 32 or more."""
    rest = picture.astype(np.float32)
    details = []
    for _ in range(4):
        blurred = np.asarray(cv2.GaussianBlur(rest, (0, 0), _SIGMA), np.float32)
        details.append(rest - blurred)
        rest = np.asarray(cv2.resize(blurred, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32)
    greys = [np.asarray(np.abs(detail.mean(2)), np.float32) for detail in details]
    return Strokes(
        np.array([_covariance(detail) for detail in details[:3]]),
        np.array([np.log((grey.mean() + 1e-3) / (np.sqrt(np.square(grey).mean()) + 1e-3)) for grey in greys[:2]]),
        np.array([_correlation(fine, coarse) for fine, coarse in pairwise(greys)]),
    )


def difference(painted: Strokes, colours: ColourMap, wanted: Strokes) -> float:
    """How unusual a style's strokes, painted in other colours, would be as those of a style trained from the painting:
    the sum over all figures of the squared distance from USUAL, in units of SPREAD. Strokes that are weaker than usual
    count `_WEAKER` times that."""
    distances = (deviations(painted, colours, wanted) - USUAL) / SPREAD
    shares = np.where((distances < 0) & (np.arange(len(distances)) < 3), _WEAKER, 1.0)
    return float((shares * np.square(distances)).sum())


def deviations(painted: Strokes, colours: ColourMap, wanted: Strokes) -> Floats:
    """(8,): logarithms of how many times as strong, and as sparse, strokes are as the painting's, and differences of
    `together`."""
    matrix = np.asarray(colours.matrix)
    strengths = [_deviation(matrix @ each @ matrix.T) - _deviation(goal) for each, goal in _pairs(painted, wanted)]
    rest = painted.sparseness - wanted.sparseness, painted.together - wanted.together
    return np.concatenate([strengths, *rest])


def _pairs(painted: Strokes, wanted: Strokes) -> zip[tuple[Floats, Floats]]:
    return zip(painted.strength, wanted.strength, strict=True)


def _deviation(covariance: Floats) -> float:
    """The logarithm of the standard deviation."""
    return float(np.log(max(np.trace(covariance), _LEAST_VARIANCE))) / 2


def _covariance(detail: NDArray[np.float32]) -> Floats:
    colours = detail.reshape(-1, 3).astype(np.float64)
    covariance: Floats = colours.T @ colours / len(colours)
    return covariance


def _correlation(fine: NDArray[np.float32], coarse: NDArray[np.float32]) -> float:
    """0 if either is even."""
    enlarged = cv2.resize(coarse, (fine.shape[1], fine.shape[0]))
    a, b = fine - fine.mean(), enlarged - enlarged.mean()
    size = float(np.sqrt(np.square(a).mean() * np.square(b).mean()))
    return float((a * b).mean()) / size if size > 1e-6 else 0.0
