"""A contact sheet: how a video will look, before the wait."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from nstcam.realtime.caption import label
from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import Frame, resize
from nstcam.realtime.partfile import check_paths
from nstcam.realtime.picture.file import SUFFIXES, Picture, write_picture
from nstcam.realtime.stylizing import Stylizing
from nstcam.realtime.video.convert import Stopped
from nstcam.realtime.video.packet_times import packet_times
from nstcam.realtime.video.painting import VideoSettings, check_size, paint
from nstcam.realtime.video.reader import VideoReader
from nstcam.realtime.video.timeline import Timeline

CELL_WIDTH: Final = 480
GAP: Final = 8


def contact_sheet(
    source: Path,
    target: Path,
    stylizer: Stylizing | Timeline[Stylizing],
    settings: VideoSettings,
    *,
    frames: int,
    overwrite: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """Writes a picture of `frames` stylized frames, evenly across the video or its cut, each with its time.

    Returns:
        How many there are; fewer where the video has fewer, or one stands for long.

    Raises:
        SourceError: no video, nothing in it can be decoded, or its frames are smaller than 32x32.
        SinkError: the target is there already, is no picture by its suffix, or cannot be written.
        Stopped: `stop`, asked before each frame, returned True.
    """
    check_paths(source, target, SUFFIXES, overwrite=overwrite)
    timeline = stylizer if isinstance(stylizer, Timeline) else Timeline([(0, stylizer)])
    cells: list[Frame] = []
    times: set[Fraction] = set()

    def add(begin: float) -> None:
        if stop():
            raise Stopped(f"stopped after {len(cells)} of {frames} frames; {target} was not written")
        with VideoReader(source, begin, settings.end) as reader:
            if reader.first_seconds in times:  # a picture stands long, or the clip has fewer of them
                return
            times.add(reader.first_seconds)
            at = float(reader.first_seconds)
            frame = next(iter(reader)).frame
        cells.append(_labelled(paint(frame, timeline, at - settings.start, settings), at, reader.pixel_aspect))

    with VideoReader(source, settings.start, settings.end) as reader:
        check_size(reader, settings.work_size)
        seconds = _length(reader, settings)
    for index in range(frames):
        with suppress(SourceError):  # its header promises more than there is
            add(settings.start + seconds * (index + 0.5) / frames)
    if not cells:  # a clip of one frame, in the middle of which none begins
        add(settings.start)
    write_picture(target, Picture(_grid(cells)))
    return len(cells)


def _length(reader: VideoReader, settings: VideoSettings) -> float:
    """Seconds of the video or its cut, also where the header does not tell."""
    if reader.total:
        return float(reader.total / reader.rate)
    times = packet_times(reader.path, settings.start, settings.end)
    if len(times) < 2:
        return float(1 / reader.rate)
    return (max(times) - settings.start) * len(times) / (len(times) - 1)  # the last one is shown for a while, too


def _labelled(frame: Frame, seconds: float, pixel_aspect: Fraction) -> Frame:
    height, width = frame.shape[0], frame.shape[1] * float(pixel_aspect)  # pictures have square pixels
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
