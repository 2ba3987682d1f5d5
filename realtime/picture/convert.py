"""stylize_image(): a picture file in, a picture file out."""

from __future__ import annotations

import logging
from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from nstcam.media.pixels import Pixels, as_8_bits
from nstcam.realtime.effects.blend import finished
from nstcam.realtime.effects.enlarge import enlarged
from nstcam.realtime.effects.light import lit
from nstcam.realtime.effects.strokes import ratio_for, shrunk
from nstcam.realtime.errors import SourceError
from nstcam.realtime.files import check_paths
from nstcam.realtime.frame import SMALLEST_SIDE, Frame, resize
from nstcam.realtime.people.masks import Masks
from nstcam.realtime.people.network import sighting
from nstcam.realtime.people.runs import Mask
from nstcam.realtime.people.scene import Scene
from nstcam.realtime.people.words import CLEAR
from nstcam.realtime.picture.file import SUFFIXES, read_picture, write_picture
from nstcam.realtime.picture.tiles import stylize_tiled
from nstcam.realtime.stylizing import Stylizing

TILED_ABOVE: Final = 4_000_000
"""Pixels. In one go, the lite networks take some 50 bytes per pixel."""

SCALED_ABOVE: Final = 8_000_000
"""Pixels, for networks that cannot be tiled: johnson takes some 560 bytes per pixel."""

_log = logging.getLogger(__name__)


class Behind(NamedTuple):
    """The second style, which the background is painted in; `local` as for `stylize_image`."""

    stylizer: Stylizing
    local: bool = False


PLAIN: Final = Scene()
"""People are not told from the background."""


# One parameter per option of nstcam image.
def stylize_image(
    source: Path,
    target: Path,
    stylizer: Stylizing,
    *,
    local: bool = False,
    strength: float = 1,
    keep_colors: bool = False,
    stroke_scale: float = 1,
    brighten: bool = False,
    scene: Scene = PLAIN,
    behind: Behind | None = None,
    overwrite: bool = False,
) -> None:
    """Stylizes a picture as it is displayed, upright; keeps transparency and an RGB profile if `target` can hold them.

    Pictures of 16 bits per channel stay so in .png and .tif. Their transparency and whatever the settings keep of the
    original have all 16 bits; the style itself has 8, because its network has.

    Args:
        target: its suffix, one of SUFFIXES, chooses the format.
        local: whether each pixel depends on its surroundings only (Style.is_local). Large pictures are then painted in
            tiles; otherwise, too large ones are painted at a smaller size and scaled up, with a warning.
        strength: 1 is the style, 0 the original.
        keep_colors: keep the original colours and take only the brightness from the style.
        stroke_scale: how broad strokes are; 2 is twice as broad as by default (see effects/strokes.py).
        brighten: a dark picture is painted as if there were more light (see effects/light.py).
        scene: who is painted, and before what. Where nobody is in sight, all of the picture is painted, with a
            warning; a background that was asked for fills all of it.
        behind: the second style, if the scene's background is one.
        overwrite: whether an existing target may be replaced.

    Raises:
        SourceError: `source` is not a picture, is damaged, or is smaller than 32x32; or nobody is in it who could be
            cut out.
        SinkError: the target exists, is the source, has an unknown suffix, or cannot be written.
    """
    check_paths(source, target, SUFFIXES, overwrite=overwrite)
    picture = read_picture(source)
    height, width = picture.pixels.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise SourceError(
            f"{source} is {width}x{height}, styles need at least {SMALLEST_SIDE}x{SMALLEST_SIDE}; enlarge it first"
        )
    original = picture.pixels
    shown = original
    if scene.shows_style:
        painted: Pixels = _painted(as_8_bits(original), stylizer, stroke_scale, local, source, brighten=brighten)
        if original.dtype == np.uint16:
            painted = np.multiply(painted, 257, dtype=np.uint16)
        shown = finished(painted, original, strength=strength, keep_colors=keep_colors)
    if scene.parted:
        frame = as_8_bits(original)
        seen = Masks().take(frame, sighting(frame), 0.0)
        if not seen.present and scene.background == CLEAR:
            raise SourceError(f"nobody was found in {source}; leave out --background {CLEAR}")
        if not seen.present:
            _log.warning("nobody was found in %s", source)
        second: Pixels | None = None
        if behind is not None:
            second = _painted(frame, behind.stylizer, stroke_scale, behind.local, source, brighten=brighten)
            if original.dtype == np.uint16:
                second = np.multiply(second, 257, dtype=np.uint16)
            second = finished(second, original, strength=strength, keep_colors=keep_colors)
        shown = scene.together(shown, original, seen, second)
        if scene.background == CLEAR:
            picture = replace(picture, alpha=_shared(picture.alpha, seen.mask, original.dtype))
    write_picture(target, replace(picture, pixels=shown))


def _shared(alpha: Pixels | None, mask: Mask, dtype: np.dtype[Any]) -> Pixels:
    """What is opaque both in the picture and in the mask, in levels of that dtype."""
    most = np.iinfo(dtype).max
    share = mask.astype(np.float32) / 255
    return np.asarray(np.round(share * (most if alpha is None else alpha)), dtype)


def _painted(
    frame: Frame, stylizer: Stylizing, stroke_scale: float, local: bool, source: Path, *, brighten: bool
) -> Frame:
    """The frame painted at the size that the stroke scale asks for, and enlarged to its own."""
    ratio = ratio_for((frame.shape[0], frame.shape[1]), stroke_scale)
    small, bright, tones = lit(shrunk(frame, ratio), brighten=brighten)
    return enlarged(frame, small, _painted_small(bright, stylizer, local, source), ratio, tones=tones)


def _painted_small(frame: Frame, stylizer: Stylizing, local: bool, source: Path) -> Frame:
    height, width = frame.shape[:2]
    if local:
        return stylize_tiled(frame, stylizer) if height * width > TILED_ABOVE else stylizer.stylize(frame)
    scale = sqrt(SCALED_ABOVE / (height * width))
    if scale >= 1:
        return stylizer.stylize(frame)
    small_wh = max(int(width * scale), SMALLEST_SIDE), max(int(height * scale), SMALLEST_SIDE)
    _log.warning(
        "%s is %dx%d, too large for this style in one go: it is painted at %dx%d and scaled up; a lite style paints "
        "it at full size",
        source, width, height, *small_wh,
    )  # fmt: skip
    return resize(stylizer.stylize(resize(frame, small_wh)), (width, height))
