"""style_sheet(): one picture with a photo in every style, each labelled with its name."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import numpy as np

from nstcam.media.pixels import Picture, as_8_bits, as_8_bits_on_white
from nstcam.realtime.caption import label
from nstcam.realtime.effects.blend import finished
from nstcam.realtime.effects.enlarge import enlarged
from nstcam.realtime.effects.light import lit
from nstcam.realtime.effects.strokes import ratio_for, shrunk
from nstcam.realtime.errors import NstError, SourceError
from nstcam.realtime.files import check_paths, check_suffix, check_target
from nstcam.realtime.frame import SMALLEST_SIDE, Frame, fit_within
from nstcam.realtime.picture.file import SUFFIXES, read_picture, write_picture
from nstcam.realtime.stylizing import Stylizing

CELL_WH: Final = 640, 640
"""Pixels that each picture on the sheet fits into."""
_GAP: Final = 8
"""Pixels between the pictures, and around them."""

_log = logging.getLogger(__name__)

Opener = Callable[[], AbstractContextManager[Stylizing]]
"""Opens a style, which is closed when the block ends: the sheet needs only one at a time."""


def style_sheet(
    source: Path,
    target: Path,
    styles: Sequence[tuple[str, Opener]],
    *,
    strength: float = 1,
    keep_colors: bool = False,
    stroke_scale: float = 1,
    brighten: bool = False,
    overwrite: bool = False,
) -> int:
    """Writes a sheet of the photo itself and the photo in each style, by name; a style that fails is left out.

    Args:
        target: its suffix, one of SUFFIXES, chooses the format.
        styles: names and how they are opened, one or more.
        strength, keep_colors, stroke_scale, brighten: as for `stylize_image`.
        overwrite: whether an existing target may be replaced.

    Returns:
        How many styles are shown.

    Raises:
        SourceError: `source` is not a picture, is damaged, or is smaller than 32x32.
        SinkError: the target exists, is the source, has an unknown suffix, or cannot be written.
        NstError: not one style could be used.
    """
    check_paths(source, target, SUFFIXES, overwrite=overwrite)
    return sheet_of(
        read_picture(source), target, styles,
        strength=strength, keep_colors=keep_colors, stroke_scale=stroke_scale, brighten=brighten, overwrite=overwrite,
        name=str(source),
    )  # fmt: skip


def sheet_of(
    picture: Picture,
    target: Path,
    styles: Sequence[tuple[str, Opener]],
    *,
    strength: float = 1,
    keep_colors: bool = False,
    stroke_scale: float = 1,
    brighten: bool = False,
    overwrite: bool = False,
    name: str = "the picture",
) -> int:
    """As `style_sheet`, of a picture that has been read; `name` names it in messages."""
    check_suffix(target, SUFFIXES)
    check_target(Path(name), target, overwrite=overwrite)
    photo = fit_within(as_8_bits_on_white(picture), CELL_WH)  # like the sheet
    height, width = photo.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise SourceError(
            f"{name} is {width}x{height} on the sheet, styles need at least {SMALLEST_SIDE}x{SMALLEST_SIDE}; "
            "give a picture that is larger, or less narrow"
        )
    ratio = ratio_for((height, width), stroke_scale)
    small, source, tones = lit(shrunk(photo, ratio), brighten=brighten)
    cells = [_labelled(photo, "photo")]
    trouble: NstError | None = None
    for style, opened in styles:
        try:
            with opened() as stylizer:
                painted = enlarged(photo, small, stylizer.stylize(source), ratio, tones=tones)
        except NstError as error:
            _log.warning("%s is left out: %s", style, error)
            trouble = error
            continue
        shown = finished(painted, photo, strength=strength, keep_colors=keep_colors)
        cells.append(_labelled(as_8_bits(shown), style))
    if len(cells) == 1:
        raise trouble or NstError("there are no styles; `nstcam styles` lists what there is")
    write_picture(target, Picture(_sheet(cells), icc=picture.icc))
    return len(cells) - 1


def _labelled(picture: Frame, name: str) -> Frame:
    cell = picture.copy()
    label(cell, name, max(cell.shape[1] / 640, 0.5))
    return cell


def _sheet(cells: Sequence[Frame]) -> Frame:
    """The cells, all of one size, in rows, about as wide as high; the last row may be short."""
    height, width = cells[0].shape[:2]
    columns = min(max(round(math.sqrt(len(cells) * height / width * 4 / 3)), 1), len(cells))
    rows = math.ceil(len(cells) / columns)
    sheet = np.full((rows * (height + _GAP) + _GAP, columns * (width + _GAP) + _GAP, 3), 255, np.uint8)
    for place, cell in enumerate(cells):
        top, left = _GAP + place // columns * (height + _GAP), _GAP + place % columns * (width + _GAP)
        sheet[top : top + height, left : left + width] = cell
    return sheet
