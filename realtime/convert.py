"""stylize_video(): the offline dataflow.

    VideoReader --frames--> stylizer --frames--> VideoWriter --> part file --> target
      a thread                caller's              a thread

All three work at once, a few frames apart, so the slowest sets the pace and memory does not grow with the video.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from realtime.errors import SourceError
from realtime.frame import SMALLEST_SIDE, Frame, fit_within, resize
from realtime.partfile import check_paths, part_file
from realtime.videofile import TimedFrame, VideoReader
from realtime.videowriter import FORMATS, VideoWriter

AHEAD: Final = 4
"""Frames that may wait before and behind the stylizer."""


class Stylizes(Protocol):
    """What is needed of a Stylizer here: a frame of the same size."""

    def stylize(self, frame: Frame) -> Frame: ...


class Stopped(Exception):  # noqa: N818 (no error: asked for)
    """The caller's `stop` said so; nothing was written. No NstError, for there is nothing to mend."""


@dataclass(frozen=True)
class Progress:
    """How far it is. `total` is the file's own word, so an estimate, or None."""

    frames: int
    total: int | None
    elapsed: float
    fps: float
    eta: float | None


@dataclass(frozen=True)
class VideoReport:
    """What was written. `duration` is of the pictures, `elapsed` what it took, both in seconds."""

    frames: int
    duration: float
    size_wh: tuple[int, int]
    audio_copied: int
    audio_encoded: int
    elapsed: float


def stylize_video(
    source: Path,
    target: Path,
    stylizer: Stylizes,
    *,
    overwrite: bool = False,
    work_size: tuple[int, int] | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> VideoReport:
    """Stylizes a video file: same size, same times of frames, upright, audio kept.

    The target appears whole or not at all.

    Args:
        work_size: (width, height) that frames are scaled down to fit for the stylizer; the result is scaled back.
        progress: called after each frame.
        stop: asked before each frame.

    Raises:
        SourceError: no video, nothing in it can be decoded, or its frames are smaller than 32x32.
        SinkError: the target is there already, is the source, has an unknown suffix, or cannot be written.
        Stopped: `stop` returned True.
    """
    check_paths(source, target, FORMATS, overwrite=overwrite)
    started = time.monotonic()
    with (
        VideoReader(source) as reader,
        part_file(target) as part,
        VideoWriter(part, reader, target=target) as writer,
        ThreadPoolExecutor(1, "decode") as decoding,
        ThreadPoolExecutor(1, "encode") as encoding,
    ):
        _check_size(reader, work_size)
        encoded: deque[Future[None]] = deque()
        for count, timed in enumerate(_ahead(iter(reader), decoding), 1):
            if stop():
                raise Stopped(f"stopped after {count - 1} frames; {target} was not written")
            frame = fit_within(timed.frame, work_size) if work_size else timed.frame
            stylized = resize(stylizer.stylize(frame), reader.size_wh)
            encoded.append(encoding.submit(writer.write, stylized, timed.pts, timed.duration))
            if len(encoded) > AHEAD:
                encoded.popleft().result()
            progress(_progress(count, reader.total, time.monotonic() - started))
        for done in encoded:
            done.result()
        writer.finish()
    return VideoReport(
        frames=count,
        duration=float((timed.pts + timed.duration) * reader.time_base),
        size_wh=reader.size_wh,
        audio_copied=writer.tracks.copied,
        audio_encoded=writer.tracks.encoded,
        elapsed=time.monotonic() - started,
    )


def _ahead(frames: Iterator[TimedFrame], thread: ThreadPoolExecutor) -> Iterator[TimedFrame]:
    """The same frames, decoded a few ahead in that thread; what goes wrong there is raised here."""
    pending = deque(thread.submit(next, frames, None) for _ in range(AHEAD))
    while (frame := pending.popleft().result()) is not None:
        pending.append(thread.submit(next, frames, None))
        yield frame


def _check_size(reader: VideoReader, work_size: tuple[int, int] | None) -> None:
    width, height = reader.size_wh
    least = f"styles need at least {SMALLEST_SIDE}x{SMALLEST_SIDE}"
    if min(width, height) < SMALLEST_SIDE:
        raise SourceError(f"{reader.path} is {width}x{height}, {least}; enlarge it first")
    scale = min(1, work_size[0] / width, work_size[1] / height) if work_size else 1
    if min(round(width * scale), round(height * scale)) < SMALLEST_SIDE:
        raise SourceError(
            f"{reader.path} of {width}x{height} would be worked on at less than {least}; raise the work size"
        )


def _progress(count: int, total: int | None, elapsed: float) -> Progress:
    fps = count / max(elapsed, 1e-9)
    return Progress(count, total, elapsed, fps, None if total is None else max(total - count, 0) / fps)
