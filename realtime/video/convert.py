"""stylize_video(): the offline dataflow.

    VideoReader --frames--> stylizer --frames--> VideoWriter --> segments in a work folder --> part file --> target
      a thread           one or more threads        a thread                               sound, subtitles

All three work at once, a few frames apart, the stylizer on as many frames as it takes at once; so the slowest sets the
pace and memory does not grow with the video. A run that was interrupted goes on at its last finished segment.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from nstcam.realtime.effects.follow import Follower
from nstcam.realtime.effects.steady_segments import Relay
from nstcam.realtime.errors import SinkError
from nstcam.realtime.frame import Frame, fit_within
from nstcam.realtime.partfile import check_paths, part_file
from nstcam.realtime.stylizing import UNMOVED, Offset, Stylizing
from nstcam.realtime.video.encoders import SQUARE_PIXELS, Encoding, choose_encoding
from nstcam.realtime.video.formats import FORMATS
from nstcam.realtime.video.in_order import in_order
from nstcam.realtime.video.painting import (
    DEFAULT_SETTINGS,
    VideoSettings,
    at_full_size,
    check_size,
    prepare,
    stylized_small,
)
from nstcam.realtime.video.reader import TimedFrame, VideoReader
from nstcam.realtime.video.timeline import Timeline
from nstcam.realtime.video.work_folder import WorkFolder, check_same, fingerprint, read_journal, work_folder
from nstcam.realtime.video.writer import VideoWriter, assemble

AHEAD: Final = 4
"""Frames that may wait before and behind the stylizer."""


class Stopped(Exception):  # noqa: N818 (no error: asked for)
    """The caller's `stop` said so; nothing was written. No NstError, for there is nothing to mend."""


@dataclass(frozen=True)
class Progress:
    """How far it is. `total` is the file's own word, so an estimate, or None. `fps` is of this run."""

    frames: int
    total: int | None
    fps: float


@dataclass(frozen=True)
class VideoReport:
    """What was written. `duration` is of the pictures, `elapsed` what it took, both in seconds."""

    frames: int
    duration: float
    size_wh: tuple[int, int]
    audio_copied: int
    audio_encoded: int
    elapsed: float
    encoder: str
    subtitles: int
    resumed_at: int
    """Frames that an earlier run had done."""


def stylize_video(
    source: Path,
    target: Path,
    stylizer: Stylizing | Timeline[Stylizing],
    settings: VideoSettings = DEFAULT_SETTINGS,
    *,
    overwrite: bool = False,
    resume: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> VideoReport:
    """Stylizes a video file: same size, same times of frames, upright, sound and subtitles kept.

    The target appears whole or not at all. What an interrupted run has finished stays in a hidden folder beside it.

    Args:
        resume: goes on where an interrupted run of the same source and settings stopped; if there is none, starts.
        progress: called after each frame.
        stop: asked before each frame.

    Raises:
        SourceError: no video, nothing in it can be decoded, or its frames are smaller than 32x32.
        SinkError: the target is there already, is the source, has an unknown suffix, cannot be written, or there is an
            interrupted run and neither `resume` nor `overwrite`.
        Stopped: `stop` returned True.
    """
    check_paths(source, target, FORMATS, overwrite=overwrite)
    form = FORMATS[target.suffix.lower()]
    codec = form.choose_codec(settings.codec, target)
    started = time.monotonic()
    timeline = stylizer if isinstance(stylizer, Timeline) else Timeline([(0, stylizer)])
    with (
        VideoReader(source, settings.start, settings.end, square=codec in SQUARE_PIXELS) as reader,
        work_folder(target, resume=resume, overwrite=overwrite) as work,
    ):
        check_size(reader, settings.work_size)
        encoding = encoding_of(work, reader, settings, codec, target)
        resumed_at = work.frames
        fill(work, reader, encoding, timeline, settings, target=target, progress=progress, stop=stop)
        with part_file(target, work.path) as part:
            tracks, duration = assemble(part, reader, encoding, work.segments, form, target=target)
    return VideoReport(
        frames=work.frames,
        duration=float(duration),
        size_wh=reader.size_wh,
        audio_copied=tracks.copied,
        audio_encoded=tracks.encoded,
        elapsed=time.monotonic() - started,
        encoder=encoding.encoder,
        subtitles=tracks.subtitles,
        resumed_at=resumed_at,
    )


def fill(
    work: WorkFolder,
    reader: VideoReader,
    encoding: Encoding,
    timeline: Timeline[Stylizing],
    settings: VideoSettings,
    *,
    target: Path,
    progress: Callable[[Progress], None],
    stop: Callable[[], bool],
    first: int = 0,
    last: int | None = None,
) -> None:
    """Adds the segments that are missing: of frames `first` to before `last`, without those that are there."""
    started, resumed_at = time.monotonic(), work.frames
    relay = Relay(settings.steady, settings.segment_frames)
    begin = first + resumed_at
    lead = min(relay.overlap, begin)  # painted again for the sake of smoothing, not written
    at_once = prepare(timeline, reader.size_wh, settings.work_size)

    def seconds(timed: TimedFrame) -> float:
        return float(timed.pts * reader.time_base)

    with (
        ThreadPoolExecutor(1, "decode") as decoding,
        ThreadPoolExecutor(at_once, "stylize") as stylizing,
        VideoWriter(work, encoding, target=target, segment_frames=settings.segment_frames) as writer,
        ThreadPoolExecutor(1, "encode") as encoders,
    ):
        encoded: deque[Future[None]] = deque()
        ready = ready_frames(reader, settings, begin - lead, stop)
        wanted = islice(ready, None if last is None else lead + last - begin if last > begin else 0)
        frames = in_order(
            _ahead(wanted, decoding),
            lambda frame: stylized_small(frame.small, timeline, seconds(frame.timed), frame.canvas_offset),
            stylizing,
            at_once,
        )
        for index, ((timed, small, offset), painted) in enumerate(frames, begin - lead):
            count = index + 1 - first
            if stop():
                raise Stopped(f"stopped after {max(count - 1, resumed_at)} frames; {target} was not written")
            shown = relay.smooth(index, small, painted, timeline.at(seconds(timed)), offset)
            if index < begin:
                continue
            stylized = at_full_size(timed.frame, shown, settings)
            encoded.append(encoders.submit(writer.encode, writer.converted(stylized, timed.pts, timed.duration)))
            if len(encoded) > AHEAD:
                encoded.popleft().result()
            fps = (count - resumed_at) / max(time.monotonic() - started, 1e-9)
            progress(Progress(count, reader.total, fps))
        for done in encoded:
            done.result()
        writer.finish()


def encoding_of(
    work: WorkFolder, reader: VideoReader, settings: VideoSettings, codec: str, target: Path, part: str = "1/1"
) -> Encoding:
    """Of the interrupted run if this one goes on with it, else chosen and noted in the journal."""
    source, values = fingerprint(reader.path), {**asdict(settings), "codec": codec, "part": part}
    if work.goes_on:
        journal = read_journal(work.journal_path)
        check_same(journal, source, values, f"the interrupted run of {target}")
        return Encoding.from_json(journal["encoding"])
    encoding = choose_encoding(
        codec, settings.encoder, settings.quality, reader.size_wh, reader.rate, reader.time_base, reader.pixel_aspect
    )
    try:
        work.begin(source, values, encoding)
    except OSError as error:
        raise SinkError(f"cannot write {target} ({error.strerror}); check the free space") from error
    return encoding


class Ready(NamedTuple):
    """A frame on its way to the stylizer."""

    timed: TimedFrame
    small: Frame
    """At working size."""
    canvas_offset: Offset


def ready_frames(reader: VideoReader, settings: VideoSettings, first: int, stop: Callable[[], bool]) -> Iterator[Ready]:
    """Frame `first` of the video and those after it.

    Where the canvas lies depends on all frames from the video's first one on. So when the camera is followed, the
    frames before `first` are looked at as well: a run that goes on, or does a part, has the offsets of a single run.

    Raises:
        Stopped: `stop` said so before `first` was reached.
    """
    follower = Follower() if settings.follow else None
    if follower is None:
        reader.skip(first)
    for index, timed in enumerate(reader, 0 if follower else first):
        small = fit_within(timed.frame, settings.work_size) if settings.work_size else timed.frame
        offset = follower.follow(small) if follower else UNMOVED
        if index >= first:
            yield Ready(timed, small, offset)
        elif stop():
            raise Stopped(f"stopped on the way to frame {first}, where {reader.path} goes on; nothing was written")


def _ahead(frames: Iterator[Ready], thread: ThreadPoolExecutor) -> Iterator[Ready]:
    """The same frames, decoded a few ahead in that thread; what goes wrong there is raised here."""
    pending = deque(thread.submit(next, frames, None) for _ in range(AHEAD))
    while (frame := pending.popleft().result()) is not None:
        pending.append(thread.submit(next, frames, None))
        yield frame
