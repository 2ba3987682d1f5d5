"""style_sheet(): one picture with a photo in every style, each labelled with its name."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
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
from nstcam.realtime.frame import SMALLEST_SIDE, Frame, covering, fit_within
from nstcam.realtime.picture.file import SUFFIXES, read_picture, write_picture
from nstcam.realtime.style_files.style_preview import SIZE_WH, decoded_preview, photograph
from nstcam.realtime.stylizing import Stylizing

CELL_WH: Final = 640, 640
"""Pixels that each picture on the sheet fits into."""
PREVIEW_HW: Final = SIZE_WH[::-1]
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
    picture = read_picture(source)
    photo = fit_within(as_8_bits_on_white(picture), CELL_WH)  # like the sheet
    height, width = photo.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise SourceError(
            f"{source} is {width}x{height} on the sheet, styles need at least {SMALLEST_SIDE}x{SMALLEST_SIDE}; "
            "give a picture that is larger, or less narrow"
        )
    ratio = ratio_for((height, width), stroke_scale)
    small, lighted, tones = lit(shrunk(photo, ratio), brighten=brighten)

    def cell(opened: Opener) -> Frame:
        with opened() as stylizer:
            painted = enlarged(photo, small, stylizer.stylize(lighted), ratio, tones=tones)
        return as_8_bits(finished(painted, photo, strength=strength, keep_colors=keep_colors))

    cells = _cells(photo, [(name, partial(cell, opened)) for name, opened in styles])
    write_picture(target, Picture(_sheet(cells), icc=picture.icc))
    return len(cells) - 1


def preview_sheet(target: Path, styles: Sequence[tuple[str, str, Opener]], *, overwrite: bool = False) -> int:
    """Writes a sheet of the photograph of previews and the styles' previews, by name. Only a style whose file has none
    is opened, to paint the photograph; if it fails, it is left out.

    Args:
        target: as for `style_sheet`.
        styles: names, `Style.preview`, and how they are opened; one or more.
        overwrite: whether an existing target may be replaced.

    Returns:
        How many styles are shown.

    Raises:
        SinkError: the target exists, has an unknown suffix, or cannot be written.
        NstError: not one style could be used.
    """
    check_suffix(target, SUFFIXES)
    check_target(None, target, overwrite=overwrite)
    photo = photograph()

    def cell(preview: str, opened: Opener) -> Frame:
        found = decoded_preview(preview)
        if found is not None:
            return covering(found, PREVIEW_HW)
        with opened() as stylizer:
            return covering(stylizer.stylize(photo), PREVIEW_HW)

    named = [(name, partial(cell, preview, opened)) for name, preview, opened in styles]
    cells = _cells(covering(photo, PREVIEW_HW), named)
    write_picture(target, Picture(_sheet(cells)))
    return len(cells) - 1


def _cells(photo: Frame, styles: Sequence[tuple[str, Callable[[], Frame]]]) -> list[Frame]:
    """The photo and what it becomes in each style, with names; a style that fails is left out, with a warning.

    Raises:
        NstError: all of them fail.
    """
    cells = [_labelled(photo, "photo")]
    trouble: NstError | None = None
    for name, painted in styles:
        try:
            cells.append(_labelled(painted(), name))
        except NstError as error:
            _log.warning("%s is left out: %s", name, error)
            trouble = error
    if len(cells) == 1:
        raise trouble or NstError("there are no styles; `nstcam styles` lists what there is")
    return cells


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
