"""A contact sheet: how a video will look, before the wait."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import numpy as np

from realtime.blend import Stylizes, Timeline
from realtime.errors import SourceError
from realtime.frame import SMALLEST_SIDE, Frame, resize
from realtime.label import label
from realtime.partfile import check_paths
from realtime.picturefile import SUFFIXES, Picture, write_picture
from realtime.video_painting import VideoSettings, paint
from realtime.videofile import VideoReader

CELL_WIDTH: Final = 480
GAP: Final = 8


def contact_sheet(
    source: Path,
    target: Path,
    stylizer: Stylizes | Timeline[Stylizes],
    settings: VideoSettings,
    *,
    frames: int,
    overwrite: bool = False,
) -> int:
    """Writes a picture of `frames` stylized frames, evenly across the video or its cut, each with its time.

    Returns:
        How many there are; fewer where the video is shorter.

    Raises:
        SourceError: no video, or nothing in it can be decoded.
        SinkError: the target is there already, is no picture by its suffix, or cannot be written.
    """
    check_paths(source, target, SUFFIXES, overwrite=overwrite)
    timeline = stylizer if isinstance(stylizer, Timeline) else Timeline([(0, stylizer)])
    cells = []
    with VideoReader(source, settings.start, settings.end) as reader:
        if min(reader.size_wh) < SMALLEST_SIDE:
            raise SourceError(f"{source} is smaller than {SMALLEST_SIDE}x{SMALLEST_SIDE}; enlarge it first")
        seconds = float((reader.total or frames) / reader.rate)
    for index in range(frames):
        begin = settings.start + seconds * (index + 0.5) / frames
        try:
            with VideoReader(source, begin, settings.end) as reader:
                at = float(reader.first_seconds)
                frame = next(iter(reader)).frame
        except SourceError:  # its header promises more than there is
            continue
        painted = paint(frame, timeline, at - settings.start, settings)
        cells.append(_labelled(painted, at))
    if not cells:
        raise SourceError(f"{source}: no frame could be decoded; the file is damaged or cut short")
    write_picture(target, Picture(_grid(cells)))
    return len(cells)


def _labelled(frame: Frame, seconds: float) -> Frame:
    height, width = frame.shape[:2]
    cell = resize(frame, (CELL_WIDTH, max(round(height * CELL_WIDTH / width), 1))).copy()
    text = f"{int(seconds // 3600)}:{int(seconds // 60 % 60):02}:{seconds % 60:04.1f}"
    label(cell, text)
    return cell


def _grid(cells: list[Frame]) -> Frame:
    columns = math.ceil(math.sqrt(len(cells)))
    rows = math.ceil(len(cells) / columns)
    height, width = cells[0].shape[:2]
    sheet = np.full((rows * (height + GAP) + GAP, columns * (width + GAP) + GAP, 3), 24, np.uint8)
    for index, cell in enumerate(cells):
        top, left = GAP + index // columns * (height + GAP), GAP + index % columns * (width + GAP)
        sheet[top : top + height, left : left + width] = cell
    return sheet
