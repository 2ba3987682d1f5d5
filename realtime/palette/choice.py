"""Finds the style whose strokes, painted in the picture's colours, come nearest to the picture's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from nstcam.realtime.frame import Frame
from nstcam.realtime.palette.bundled import Measured
from nstcam.realtime.palette.colours import CONTRAST, ColourMap, colours_of, map_between, missing
from nstcam.realtime.palette.strokes import difference, strokes_of

OF_COLOURS: Final = 40.0
"""Weight of the contrast and chroma that the colour map cannot reach, relative to the difference in strokes."""

_STRENGTH, _SPARSENESS, _TOGETHER = 37.0, 72.0, 63.0
"""Weights of `harshness`. A twentieth of these predicts the logarithm of a style's total error, averaged over 13
paintings (R^2 0.84 for styles left out of the fit). Times twenty, six of ten paintings find the style that was trained
from them, and none of 13 others a harsh one (docs/research/palette.md)."""


def nearest(picture: Frame, styles: Mapping[str, Measured]) -> tuple[str, ColourMap]:
    """The name of the nearest style, and the map from its colours to CONTRAST of the picture's.

    Styles are compared at the picture's full contrast, as they were when the usual differences were measured.

    Args:
        picture: with sides of 32 or more.
        styles: at least one.
    """
    colours, strokes = colours_of(picture), strokes_of(picture)
    maps = {name: map_between(style.colours, colours) for name, style in styles.items()}

    def distance(name: str) -> float:
        """The style with the least differs least in its strokes, unless its colours cannot be stretched far enough."""
        style = styles[name]
        pale = missing(style.colours, maps[name], colours)
        return difference(style.strokes, maps[name], strokes) + OF_COLOURS * pale + harshness(style)

    name = min(maps, key=distance)
    return name, map_between(styles[name].colours, colours, CONTRAST)


def harshness(style: Measured) -> float:
    """How ill a style's strokes suit paintings in general: strong for its contrast, in few places, and at one scale
    without the next. Some styles have black lines, or a weave, in whatever colours they paint."""
    contrast = float(np.trace(style.colours.covariance))
    strength = float(np.log(max(np.trace(style.strokes.strength[1]), 1e-6) / max(contrast, 1e-6))) / 2
    sparseness, together = float(style.strokes.sparseness[1]), float(style.strokes.together[0])
    return _STRENGTH * strength - _SPARSENESS * sparseness - _TOGETHER * together
