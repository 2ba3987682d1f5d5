"""The results of an evaluation: a table, JSON, and a contact sheet of difficult frames."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from nstcam.export.errors import ExportError
from nstcam.export.evaluate.appearance import Measures
from nstcam.export.evaluate.closeness import Paint
from nstcam.export.evaluate.hard_frames import SIZES_WH, difficult_frames
from nstcam.media.pixels import Picture
from nstcam.media.shown import shown
from nstcam.realtime.caption import label
from nstcam.realtime.errors import NstError
from nstcam.realtime.frame import Frame
from nstcam.realtime.picture.file import write_picture
from nstcam.train.files import write_whole


def table(columns: Mapping[str, Measures]) -> str:
    """One row for each measure, one column for each painter; a dash if a painter has no such figure."""
    names = list(dict.fromkeys(name for measures in columns.values() for name in measures))
    left = max((len(shown(name)) for name in names), default=0)
    widths = [max(len(title), 7) for title in columns]
    lines = [" " * left + "".join(f"  {title:>{w}}" for title, w in zip(columns, widths, strict=True))]
    for name in names:
        cells = (_cell(measures.get(name), w) for measures, w in zip(columns.values(), widths, strict=True))
        lines.append(f"{shown(name):{left}}" + "".join(f"  {cell}" for cell in cells))
    return "\n".join(lines)


def _cell(value: float | None, width: int) -> str:
    if value is None or math.isnan(value):
        return f"{'-':>{width}}"
    return f"{value:{width}.{3 if value < 10 else 1}f}"


def write_json(path: Path, content: object) -> None:
    """Figures that are not numbers become null.

    Raises:
        TrainError: it cannot be written.
    """
    write_whole(path, (json.dumps(_plain(content), indent=1, allow_nan=False) + "\n").encode())


def _plain(content: object) -> object:
    if isinstance(content, dict):
        return {str(key): _plain(value) for key, value in content.items()}
    if isinstance(content, float):
        return round(content, 5) if math.isfinite(content) else None
    return content


def write_sheet(path: Path, painters: Mapping[str, Paint]) -> None:
    """Difficult frames at full size, six per row at 320x240 and three at 640x480, with painted ones below.

    Raises:
        ExportError: no picture by its suffix, or it cannot be written.
    """
    blocks = [sheet_block(painters, size_wh, abreast) for size_wh, abreast in zip(SIZES_WH, (6, 3), strict=True)]
    try:
        write_picture(path, Picture(np.vstack(blocks)))
    except NstError as error:
        raise ExportError(str(error)) from error


def sheet_block(painters: Mapping[str, Paint], size_wh: tuple[int, int], abreast: int) -> Frame:
    """Rows of `abreast` frames; below each row the same frames by every painter."""
    scenes = difficult_frames(size_wh)
    names = list(scenes)
    rows = []
    for first in range(0, len(names), abreast):
        line = names[first : first + abreast]
        rows.append(np.hstack([_labelled(scenes[name], name) for name in line]))
        for title, paint in painters.items():
            rows.append(np.hstack([_labelled(paint(scenes[name]), title) for name in line]))
    return np.vstack(rows)


def _labelled(frame: Frame, text: str) -> Frame:
    labelled = frame.copy()
    label(labelled, text, 0.45)
    return labelled
