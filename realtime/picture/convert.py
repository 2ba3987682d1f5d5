"""stylize_image(): one picture, file to file."""

from __future__ import annotations

import logging
from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Final

import numpy as np

from nstcam.realtime.effects.blend import finished
from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import SMALLEST_SIDE, Frame, resize
from nstcam.realtime.partfile import check_paths
from nstcam.realtime.picture.file import SUFFIXES, Pixels, as_8_bits, read_picture, write_picture
from nstcam.realtime.picture.tiles import stylize_tiled
from nstcam.realtime.stylizing import Stylizing

TILED_ABOVE: Final = 4_000_000
"""Pixels. The lite networks take some 50 bytes for each at once."""

SCALED_ABOVE: Final = 8_000_000
"""Pixels, for networks that cannot be tiled: johnson takes some 560 bytes for each."""

_log = logging.getLogger(__name__)


def stylize_image(
    source: Path,
    target: Path,
    stylizer: Stylizing,
    *,
    local: bool = False,
    strength: float = 1,
    keep_colors: bool = False,
    overwrite: bool = False,
) -> None:
    """Stylizes a picture as it is displayed: upright, with its transparency and RGB profile where `target` holds them.

    Pictures of 16 bits a channel stay so in .png and .tif: their transparency and what the settings keep of the
    original have all 16, the style itself has 8, as its network does.

    Args:
        local: each pixel depends on its surroundings only, so large pictures are painted in tiles; others are
            painted at less than their size if they are too large, with a warning.
        strength: 1 is the style, 0 the original.
        keep_colors: only the brightness is the style's.

    Raises:
        SourceError: not a picture, damaged, or smaller than 32x32.
        SinkError: the target is there already, is the source, has an unknown suffix, or cannot be written.
    """
    check_paths(source, target, SUFFIXES, overwrite=overwrite)
    picture = read_picture(source)
    height, width = picture.pixels.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise SourceError(
            f"{source} is {width}x{height}, styles need at least {SMALLEST_SIDE}x{SMALLEST_SIDE}; enlarge it first"
        )
    original = picture.pixels
    painted: Pixels = _painted(as_8_bits(original), stylizer, local, source)
    if original.dtype == np.uint16:
        painted = np.multiply(painted, 257, dtype=np.uint16)
    shown = finished(painted, original, strength=strength, keep_colors=keep_colors)
    write_picture(target, replace(picture, pixels=shown))


def _painted(frame: Frame, stylizer: Stylizing, local: bool, source: Path) -> Frame:
    height, width = frame.shape[:2]
    if local:
        return stylize_tiled(frame, stylizer) if height * width > TILED_ABOVE else stylizer.stylize(frame)
    scale = sqrt(SCALED_ABOVE / (height * width))
    if scale >= 1:
        return stylizer.stylize(frame)
    small_wh = max(int(width * scale), SMALLEST_SIDE), max(int(height * scale), SMALLEST_SIDE)
    _log.warning(
        "%s is %dx%d, too large for this network in one go: painted at %dx%d and scaled up; lite styles need not",
        source, width, height, *small_wh,
    )  # fmt: skip
    return resize(stylizer.stylize(resize(frame, small_wh)), (width, height))
