"""Frames on their way to the stylizer: decoded ahead, scaled to the painting's size, each with its canvas offset."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from nstcam.realtime.effects.follow import Follower
from nstcam.realtime.effects.light import Lit, lit
from nstcam.realtime.effects.strokes import shrunk
from nstcam.realtime.errors import SourceError
from nstcam.realtime.stylizing import UNMOVED, Offset
from nstcam.realtime.video.examined import Canvas
from nstcam.realtime.video.painting import VideoSettings, ratio_of
from nstcam.realtime.video.reading.frames import Frames, TimedFrame


class Stopped(Exception):  # noqa: N818 (asked for, so not an error)
    """The caller's `stop` returned True, and no output was written. Not an NstError: there is nothing to mend."""


class PreparedFrame(NamedTuple):
    """A frame on its way to the stylizer."""

    timed: TimedFrame
    lit: Lit
    """At the size of the painting."""
    canvas_offset: Offset


def prepared_frames(
    reader: Frames, settings: VideoSettings, first: int, stop: Callable[[], bool], canvas: Canvas | None = None
) -> Iterator[PreparedFrame]:
    """The frames of the video from number `first` on, scaled to the painting's size, with the canvas offset of each.

    The offset depends on all frames since the video's first. When the camera is followed, the frames before `first` are
    therefore decoded and measured too, so that a resumed run or a part has the offsets of a single run.

    Args:
        canvas: the offsets, where they are known already; frames before `first` are not measured then.

    Raises:
        SourceError: a frame cannot be read, or `canvas` lacks its offset.
        Stopped: `stop` returned True before `first` was reached.
    """
    ratio = ratio_of(reader.size_wh, settings)
    follower = Follower() if settings.follow and canvas is None else None
    if follower is None:
        reader.skip(first)
    for index, timed in enumerate(reader, 0 if follower else first):
        seen = lit(shrunk(timed.frame, ratio), brighten=settings.brighten)
        offset = follower.follow(seen.source) if follower else UNMOVED
        if settings.follow and canvas is not None:
            offset = _known(canvas, index, reader)
        if index >= first:
            yield PreparedFrame(timed, seen, offset)
        elif stop():
            raise Stopped(f"stopped before frame {first} of {reader.path}, where this run starts; nothing was written")


def _known(canvas: Canvas, index: int, reader: Frames) -> Offset:
    offset = canvas.at(index)
    if offset is None:
        raise SourceError(
            f"{reader.path} has a frame {index} here but had frames {canvas.first} to "
            f"{canvas.first + len(canvas.offsets) - 1} where it was examined; install the same nstcam on both machines"
        )
    return offset


def decoded_ahead(frames: Iterator[PreparedFrame], thread: ThreadPoolExecutor, count: int) -> Iterator[PreparedFrame]:
    """The same frames, decoded `count` ahead in `thread`. Errors of that thread are raised here."""
    pending = deque(thread.submit(next, frames, None) for _ in range(count))
    while (frame := pending.popleft().result()) is not None:
        pending.append(thread.submit(next, frames, None))
        yield frame
