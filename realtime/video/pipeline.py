"""The work on the frames of a video, whole or in part: decoded, stylized, smoothed and encoded at the same time.

    VideoReader --frames--> stylizer --frames--> VideoWriter --> segments in a work folder
      a thread           one or more threads        a thread

All three work a few frames apart; the stylizer works on as many frames as it takes at once. The slowest sets the pace,
and memory does not grow with the video.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from nstcam.media.pixels import as_8_bits
from nstcam.media.shown import counted
from nstcam.realtime.effects.blend import finished
from nstcam.realtime.effects.enlarge import enlarged
from nstcam.realtime.effects.steady_segments import SegmentedSteady
from nstcam.realtime.frame import Frame
from nstcam.realtime.frame_pool import FramePool
from nstcam.realtime.people.mask_segments import SegmentedMasks
from nstcam.realtime.people.network import Sighting, sighting
from nstcam.realtime.stylizing import Stylizing
from nstcam.realtime.video.encoding.encoders import Encoding
from nstcam.realtime.video.examined import Canvas
from nstcam.realtime.video.in_order import in_order
from nstcam.realtime.video.painting import (
    PLAIN,
    People,
    VideoSettings,
    prepare,
    ratio_of,
    stylized_small,
)
from nstcam.realtime.video.prepared import PreparedFrame, Stopped, decoded_ahead, prepared_frames
from nstcam.realtime.video.reading.frames import Frames, TimedFrame
from nstcam.realtime.video.timeline import Timeline
from nstcam.realtime.video.work_folder import WorkFolder
from nstcam.realtime.video.writer import VideoWriter

AHEAD: Final = 4
"""Frames that may wait in front of the stylizer, and as many behind it."""


@dataclass(frozen=True)
class Progress:
    """How far a conversion has come.

    Attributes:
        frames: frames done, those of earlier runs included.
        total: frames of the video as its header says, so an estimate; None if it does not say.
        fps: frames per second of this run.
    """

    frames: int
    total: int | None
    fps: float


# What a video takes, handed on by name.
def stylize_segments(
    work: WorkFolder,
    reader: Frames,
    encoding: Encoding,
    timeline: Timeline[Stylizing],
    settings: VideoSettings,
    *,
    target: Path,
    progress: Callable[[Progress], None],
    stop: Callable[[], bool],
    first: int = 0,
    last: int | None = None,
    people: People = PLAIN,
    canvas: Canvas | None = None,
) -> None:
    """Adds the missing segments of frames `first` to `last` (exclusive; None: the last) to the work folder.

    Args:
        people: who is painted, and before what.
        canvas: where the canvas lies, if that is known already; see `prepared_frames`.

    Raises:
        SourceError: a frame cannot be read.
        SinkError: a segment cannot be written.
        Stopped: `stop` returned True.
    """
    with VideoWriter(work, encoding, target=target, segment_frames=settings.segment_frames) as writer:
        stylize_frames(
            reader, writer, timeline, settings, deep=encoding.is_deep,
            target=target, progress=progress, stop=stop, first=first, last=last, earlier=work.frames, people=people,
            canvas=canvas,
        )  # fmt: skip


class Writer(Protocol):
    """Takes the frames: `converted` and `encode` for each of them, perhaps in two threads, then `finish`."""

    def converted(
        self, frame: NDArray[Any], pts: int, duration: int, alpha: NDArray[Any] | None = None
    ) -> VideoFrame: ...

    def encode(self, yuv: VideoFrame) -> None: ...

    def finish(self) -> None: ...


# The whole way of a frame, top to bottom: what runs in which thread can be seen only here.
def stylize_frames(
    reader: Frames,
    writer: Writer,
    timeline: Timeline[Stylizing],
    settings: VideoSettings,
    *,
    deep: bool,
    target: Path,
    progress: Callable[[Progress], None],
    stop: Callable[[], bool],
    first: int = 0,
    last: int | None = None,
    earlier: int = 0,
    people: People = PLAIN,
    canvas: Canvas | None = None,
) -> None:
    """Writes frames `first` to `last` (exclusive; None: the last), of which `earlier` have been written before.

    Args:
        deep: whether the writer takes 16 bits.
        people: who is painted, and before what.
        canvas: where the canvas lies, if that is known already; see `prepared_frames`.

    Raises:
        SourceError, SinkError, Stopped: as stylize_segments.
    """
    started, resumed_at = time.monotonic(), earlier
    smoother = SegmentedSteady(settings.steady, settings.segment_frames)
    scene, behind = people
    smoother_behind = SegmentedSteady(settings.steady, settings.segment_frames)
    masks = SegmentedMasks(settings.segment_frames) if scene.parted else None
    begin = first + resumed_at
    # Frames painted again to start what remembers the frames before; they are not written.
    lead = min(max(smoother.overlap, masks.overlap if masks else 0), begin)
    pool = FramePool()
    at_once = prepare(timeline, reader.size_wh, settings, behind)
    ratio = ratio_of(reader.size_wh, settings)

    def seconds(timed: TimedFrame) -> float:
        return float(timed.pts * reader.time_base)

    with (
        ThreadPoolExecutor(1, "decode") as decoding,
        ThreadPoolExecutor(at_once, "stylize") as stylizing,
        ThreadPoolExecutor(1, "encode") as encoders,
    ):
        encoded: deque[Future[None]] = deque()
        prepared = prepared_frames(reader, settings, begin - lead, stop, canvas)
        wanted = islice(prepared, None if last is None else lead + last - begin if last > begin else 0)

        def worked_on(frame: PreparedFrame) -> _Worked:
            return _Worked(
                stylized_small(frame.lit.source, timeline, seconds(frame.timed), frame.canvas_offset)
                if scene.shows_style
                else None,
                behind.stylize(frame.lit.source, frame.canvas_offset) if behind is not None else None,
                sighting(frame.timed.frame) if scene.parted else None,
            )

        frames = in_order(decoded_ahead(wanted, decoding, AHEAD), worked_on, stylizing, at_once)
        for index, ((timed, (small, source, tones), offset), worked) in enumerate(frames, begin - lead):
            count = index + 1 - first
            if stop():
                raise Stopped(f"stopped after {counted(max(count - 1, resumed_at), 'frame')}; {target} was not written")
            shown = timed.frame
            if worked.painted is not None:
                large = enlarged(timed.frame, small, worked.painted, ratio, pool.take, tones)
                shown = smoother.smooth(index, source, large, timeline.at(seconds(timed)), offset)
            second, seen = None, None
            if worked.second is not None:
                large = enlarged(timed.frame, small, worked.second, ratio, pool.take, tones)
                second = smoother_behind.smooth(index, source, large, behind, offset)
            if masks is not None and worked.sighting is not None:
                seen = masks.take(index, timed.frame, worked.sighting, seconds(timed))
            if index < begin:
                continue
            stylized, alpha = _finished(shown, timed, settings, deep=deep)
            if seen is not None:
                behind_them = None if second is None else _finished(second, timed, settings, deep=deep)[0]
                stylized = scene.together(stylized, _original(timed, deep=deep), seen, behind_them)
            yuv = writer.converted(stylized, timed.pts, timed.duration, alpha)
            encoded.append(encoders.submit(writer.encode, yuv))
            if len(encoded) > AHEAD:
                encoded.popleft().result()
            fps = (count - resumed_at) / max(time.monotonic() - started, 1e-9)
            progress(Progress(count, reader.total, fps))
        if stop():  # the end of standard input may be none
            raise Stopped(f"stopped after the last frame that came; {target} was not written")
        for done in encoded:
            done.result()
        writer.finish()


def _finished(
    shown: Frame, timed: TimedFrame, settings: VideoSettings, *, deep: bool
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """The frame to write and its alpha, both uint16 if `deep`, else uint8."""
    original = _original(timed, deep=deep)
    if not deep:
        alpha = None if timed.alpha is None else as_8_bits(timed.alpha)
        return finished(shown, original, strength=settings.strength, keep_colors=settings.keep_colors), alpha
    large = finished(_as_16_bits(shown), original, strength=settings.strength, keep_colors=settings.keep_colors)
    return large, None if timed.alpha is None else _as_16_bits(timed.alpha)


def _original(timed: TimedFrame, *, deep: bool) -> NDArray[Any]:
    """The frame as it was decoded, uint16 if `deep`, else uint8."""
    if not deep:
        return timed.frame
    return _as_16_bits(timed.frame) if timed.deep is None else timed.deep


def _as_16_bits(levels: NDArray[Any]) -> NDArray[np.uint16]:
    return levels.astype(np.uint16) if levels.dtype == np.uint16 else np.multiply(levels, 257, dtype=np.uint16)


class _Worked(NamedTuple):
    """What does not depend on other frames: the painting, that in the second style, and what shows people."""

    painted: Frame | None
    second: Frame | None
    sighting: Sighting | None
