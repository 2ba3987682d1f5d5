"""Finds the style whose strokes, painted in the picture's colours, come nearest to the picture's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nstcam.realtime.frame import Frame
from nstcam.realtime.palette.bundled import Measured
from nstcam.realtime.palette.colours import CONTRAST, ColourMap, colours_of, map_between, missing
from nstcam.realtime.palette.strokes import difference, strokes_of

OF_COLOURS: Final = 60.0
"""Weight of the contrast and chroma that the colour map cannot reach, relative to the difference in strokes."""


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
        return difference(style.strokes, maps[name], strokes) + OF_COLOURS * pale

    name = min(maps, key=distance)
    return name, map_between(styles[name].colours, colours, CONTRAST)
