"""contact_sheet(): a picture of a few stylized frames, to judge the result before converting the whole video."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from nstcam.media.pixels import Picture
from nstcam.realtime.caption import label
from nstcam.realtime.errors import SourceError
from nstcam.realtime.files import check_suffix, check_target
from nstcam.realtime.frame import Frame, resize
from nstcam.realtime.picture.file import SUFFIXES, write_picture
from nstcam.realtime.stylizing import Stylizing
from nstcam.realtime.video.painting import PLAIN, People, VideoSettings, check_size, paint
from nstcam.realtime.video.places import check_frames, open_frames
from nstcam.realtime.video.prepared import Stopped
from nstcam.realtime.video.reading.frames import Frames
from nstcam.realtime.video.reading.timestamps import packet_times
from nstcam.realtime.video.timeline import Timeline

CELL_WIDTH: Final = 480
"""Pixels, of each frame on the sheet."""
GAP: Final = 8
"""Pixels between frames, and around them."""


def contact_sheet(
    source: Path,
    target: Path,
    stylizer: Stylizing | Timeline[Stylizing],
    settings: VideoSettings,
    *,
    frames: int,
    people: People = PLAIN,
    overwrite: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """Writes a picture of `frames` stylized frames, spread evenly over the video or its cut, each with its time.

    Args:
        target: its suffix chooses the picture format.
        people: as in stylize_video.
        overwrite: whether an existing target may be replaced.
        stop: asked before each frame.

    Returns:
        The number of frames shown; fewer than `frames` if the video has fewer, or shows one for long.

    Raises:
        SourceError: `source` is not a video, cannot be decoded, or has frames smaller than 32x32.
        SinkError: the target exists, does not have the suffix of a picture, or cannot be written.
        Stopped: `stop` returned True.
    """
    check_suffix(target, SUFFIXES)
    check_frames(source, settings)
    check_target(source, target, overwrite=overwrite)
    timeline = stylizer if isinstance(stylizer, Timeline) else Timeline([(0, stylizer)])
    cells: list[Frame] = []
    times: set[Fraction] = set()

    def add(begin: float) -> None:
        if stop():
            raise Stopped(f"stopped after {len(cells)} of {frames} frames; {target} was not written")
        with open_frames(source, settings, begin, settings.end) as reader:
            if reader.first_seconds in times:  # this frame is shown for long, or the clip has fewer frames
                return
            times.add(reader.first_seconds)
            at = float(reader.first_seconds)
            frame = next(iter(reader)).frame
        painted = paint(frame, timeline, at - settings.start, settings, people)
        cells.append(_labelled(painted, at, reader.pixel_aspect))

    with open_frames(source, settings, settings.start, settings.end) as reader:
        check_size(reader)
        seconds = _length(reader, settings)
    for index in range(frames):
        with suppress(SourceError):  # the header promises more frames than there are
            add(settings.start + seconds * (index + 0.5) / frames)
    if not cells:  # a clip of one frame: no frame begins in its middle
        add(settings.start)
    write_picture(target, Picture(_grid(cells)))
    return len(cells)


def _length(reader: Frames, settings: VideoSettings) -> float:
    """Seconds of the video or its cut, even if the header does not say."""
    if reader.total:
        return float(reader.total / reader.rate)
    times = packet_times(reader.path, settings.start, settings.end)
    if len(times) < 2:
        return float(1 / reader.rate)
    return (max(times) - settings.start) * len(times) / (len(times) - 1)  # the last frame has a duration too


def _labelled(frame: Frame, seconds: float, pixel_aspect: Fraction) -> Frame:
    height, width = frame.shape[0], frame.shape[1] * float(pixel_aspect)  # a picture file has square pixels
    cell = resize(frame, (CELL_WIDTH, max(round(height * CELL_WIDTH / width), 1))).copy()
    tenths = round(10 * seconds)
    label(cell, f"{tenths // 36_000}:{tenths // 600 % 60:02}:{tenths // 10 % 60:02}.{tenths % 10}")
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
