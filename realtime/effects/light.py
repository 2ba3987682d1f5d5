"""Light: dark frames are brightened before they are painted, as a camera with a longer exposure would have seen them.

A style has the range of its painting, from dark to light. In a dim room only the dark end of it would be used. So the
style is given a frame of ordinary brightness: multiplied until its lights are light, like a longer exposure, and where
that is not enough, with a gamma that lifts its mean. Only the painting changes; whatever is shown of the frame itself
stays as dark as it is.

Each frame is judged by itself, so parts of a film and resumed runs need no past. To keep light from pumping when
something bright comes into view, both measures are smooth functions of all pixels: a mean, and a power mean in place of
a percentile.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.frame import Frame

LIGHTS: Final = 0.55
"""The least power mean of the brightness, 0..1, that is left as it is; nine photographs in ten have more."""
MEAN: Final = 0.34
"""The least mean brightness that is left as it is; likewise."""
LARGEST_GAIN: Final = 2.5
SMALLEST_GAMMA: Final = 0.5
BLACK: Final = 0.02
SEEN: Final = 0.06
"""A frame whose mean brightness is below BLACK shows nothing but noise and stays black; from SEEN on it gets all the
light that it needs. So a film may fade to black."""
_POWER: Final = 8
_EVERY: Final = 8
"""Brightness is measured in cells of about this side in pixels: noise averages out in them."""

Tones: TypeAlias = NDArray[np.uint8]
"""(256,) uint8, the level that each level becomes."""


class Lit(NamedTuple):
    """A frame at the size of its painting, and what a style is given of it."""

    small: Frame
    """The frame as it is."""
    source: Frame
    """The frame as it is painted."""
    tones: Tones | None
    """The levels of `source` by those of `small`; None if they are the same."""


def lit(small: Frame, *, brighten: bool) -> Lit:
    """The frame with enough light for a painting.

    Args:
        small: (height, width, 3) uint8 BGR, at the size of the painting.
        brighten: False leaves it as it is.
    """
    tones = tones_for(small) if brighten else None
    return Lit(small, small if tones is None else np.asarray(cv2.LUT(small, tones), np.uint8), tones)


def tones_for(frame: Frame) -> Tones | None:
    """The levels that a frame needs to be as light as ordinary ones; None if it is.

    They rise from 0 to at most 255, never fall, and change continuously with the frame.
    """
    height, width = frame.shape[:2]
    cells_wh = max(width // _EVERY, 1), max(height // _EVERY, 1)
    cells = cv2.cvtColor(cv2.resize(frame, cells_wh, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    brightness = np.asarray(cells, np.float32) / 255
    mean = float(brightness.mean())
    lights = float(np.mean(brightness**_POWER) ** (1 / _POWER))
    if mean <= BLACK or (lights >= LIGHTS and mean >= MEAN):
        return None
    gain = min(max(LIGHTS / lights, 1.0), LARGEST_GAIN)
    exposed = float(np.minimum(gain * brightness, 1).mean())
    gamma = max(float(np.log(MEAN) / np.log(exposed)), SMALLEST_GAMMA) if exposed < MEAN else 1.0
    before = np.linspace(0, 1, 256)
    after = np.minimum(gain * before, 1) ** gamma
    share = min((mean - BLACK) / (SEEN - BLACK), 1.0)
    tones = np.asarray(np.round(255 * (before + share * (after - before))), np.uint8)
    return None if (tones == np.arange(256)).all() else tones
