"""What has been found out about a film once, for all who make parts of it: its length, and where the canvas lies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.effects.follow import Follower
from nstcam.realtime.effects.light import lit
from nstcam.realtime.effects.strokes import shrunk
from nstcam.realtime.errors import SourceError
from nstcam.realtime.stylizing import Offset
from nstcam.realtime.video.painting import VideoSettings, ratio_of
from nstcam.realtime.video.reading.frames import Frames
from nstcam.realtime.video.reading.timestamps import packet_times

_MOST: Final = 1 << 31
"""Frames, and segments, of a film: at 60 frames a second it lasts a year."""
_KIND: Final = np.dtype("<i4")


@dataclass(frozen=True)
class Canvas:
    """The canvas offsets of successive frames.

    Attributes:
        first: number of the first of these frames in the film, from 0.
        offsets: (n, 2) int32, rows and columns of each.
    """

    first: int
    offsets: NDArray[np.int32]

    def at(self, index: int) -> Offset | None:
        """The offset of frame number `index`; None if the table does not have it."""
        if not 0 <= index - self.first < len(self.offsets):
            return None
        rows, columns = self.offsets[index - self.first]
        return Offset(int(rows), int(columns))


@dataclass(frozen=True)
class Examined:
    """What a part of a film needs to know of the rest.

    Attributes:
        segments: how many the film has.
        canvas: the offsets of the frames that the part paints; None if the camera is not followed.
    """

    segments: int
    canvas: Canvas | None = None

    def as_values(self) -> dict[str, Any]:
        """Plain values, and the offsets as bytes."""
        table = None if self.canvas is None else (self.canvas.first, self.canvas.offsets.astype(_KIND).tobytes())
        return {"segments": self.segments, "canvas": table}


def examined_from(values: Any) -> Examined:
    """What `as_values` was made of.

    Raises:
        ValueError: it is not.
    """
    try:
        segments, table = values["segments"], values["canvas"]
        first, data = (0, b"") if table is None else table
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError("the table of the film is damaged") from error
    if type(segments) is not int or type(first) is not int or type(data) is not bytes:
        raise ValueError("the table of the film has values of other types")
    if not 0 < segments < _MOST or not 0 <= first < _MOST or len(data) % (2 * _KIND.itemsize):
        raise ValueError(f"the table of the film has {segments} segments and {len(data)} bytes from frame {first} on")
    if table is None:
        return Examined(segments)
    return Examined(segments, Canvas(first, np.frombuffer(data, _KIND).reshape(-1, 2).astype(np.int32)))


def stretch(source: Path, segments: int, part: int, parts: int) -> tuple[int, int | None]:
    """The numbers of a part's first segment and of the one after its last; None: up to the end of the video.

    Args:
        source: names the video in messages.
        segments: how many it has.

    Raises:
        SourceError: there is no such part, or the video is too short for that many.
    """
    if not 1 <= part <= parts:
        raise SourceError(f"part {part} of {parts} does not exist; give 1/{parts} to {parts}/{parts}")
    if segments < parts:
        raise SourceError(f"{source} is too short for {parts} parts; make at most {max(segments, 1)}")
    return segments * (part - 1) // parts, None if part == parts else segments * part // parts


def segment_count(source: Path, settings: VideoSettings) -> int:
    """How many segments the video has; damage may make the number inexact, but it is the same for all parts."""
    return -(-len(packet_times(source, settings.start, settings.end)) // settings.segment_frames)


def canvas_offsets(reader: Frames, settings: VideoSettings) -> Iterator[Offset]:
    """The canvas offset of each frame of the film, as those who paint it from the beginning find it.

    Args:
        reader: set up as for painting (`keep_alpha`), and not used otherwise.

    Raises:
        SourceError: a frame cannot be read.
    """
    ratio, follower = ratio_of(reader.size_wh, settings), Follower()
    for timed in reader:
        yield follower.follow(lit(shrunk(timed.frame, ratio), brighten=settings.brighten).source)
