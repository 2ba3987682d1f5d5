"""stylize_video(): a video file in, a video file out.

    source --pipeline--> segments in a work folder --assemble--> part file --rename--> target
                                                  sound, subtitles

An interrupted run resumes after its last finished segment.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import numpy as np

from nstcam.realtime.files import part_file
from nstcam.realtime.numbered import numbered
from nstcam.realtime.stylizing import Stylizing
from nstcam.realtime.video.assemble import assemble, length_of
from nstcam.realtime.video.encoding.animation import write_animation
from nstcam.realtime.video.encoding.encoders import SQUARE_PIXELS, Encoding, holds_alpha
from nstcam.realtime.video.encoding.picture_files import write_pictures
from nstcam.realtime.video.encoding.pipe_writer import PipeWriter
from nstcam.realtime.video.encoding.segments import all_pts
from nstcam.realtime.video.encoding.tracks import Tracks
from nstcam.realtime.video.painting import (
    DEFAULT_SETTINGS,
    PLAIN,
    People,
    VideoSettings,
    check_size,
)
from nstcam.realtime.video.pipeline import Progress, stylize_frames, stylize_segments
from nstcam.realtime.video.places import check_frames, check_places, folder_for, open_frames, source_fingerprint
from nstcam.realtime.video.reading.formats import ANIMATIONS, FileFormat
from nstcam.realtime.video.reading.frames import Frames
from nstcam.realtime.video.reading.pipes import PIPE
from nstcam.realtime.video.reading.reader import VideoReader
from nstcam.realtime.video.run_encoding import begin_or_resume
from nstcam.realtime.video.timeline import Timeline
from nstcam.realtime.video.work_folder import WorkFolder, work_folder

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class VideoReport:
    """What was written.

    Attributes:
        duration: seconds that the pictures last.
        size_wh: (width, height) in pixels.
        audio_copied, audio_encoded: audio tracks copied bit for bit, and those encoded anew.
        elapsed: seconds that this run took.
        encoder: the video encoder's name in libavcodec.
        device: what painted the first style, as Stylizing.device names it.
        subtitles: subtitle tracks in the output.
        resumed_at: frames that an earlier run had done.
    """

    frames: int
    duration: float
    size_wh: tuple[int, int]
    audio_copied: int
    audio_encoded: int
    elapsed: float
    encoder: str
    device: str
    subtitles: int
    resumed_at: int


def stylize_video(
    source: Path,
    target: Path,
    stylizer: Stylizing | Timeline[Stylizing],
    settings: VideoSettings = DEFAULT_SETTINGS,
    *,
    people: People = PLAIN,
    overwrite: bool = False,
    resume: bool = False,
    max_size: int | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> VideoReport:
    """Stylizes a video file; size, frame times, sound and subtitles are kept, and the result is upright.

    The target appears whole or not at all. Segments that an interrupted run has finished stay in a hidden folder beside
    it.

    Args:
        target: its suffix chooses the container, one of FORMATS or ANIMATIONS; or numbered pictures, like %05d.png.
        people: who is painted, and before what; `settings.scene` identifies it.
        overwrite: whether an existing target may be replaced.
        resume: continue an interrupted run of the same source and settings, if there is one.
        max_size: bytes that an animation may have; it gets smaller until it keeps that. None: any number.
        progress: called after each frame.
        stop: asked before each frame.

    Raises:
        SourceError: `source` is not a video, cannot be decoded, or has frames smaller than 32x32.
        SinkError: the target exists, is the source, has an unknown suffix or cannot be written; or there is an
            interrupted run, and neither `resume` nor `overwrite` is set.
        Stopped: `stop` returned True.
    """
    form = check_places(source, target, settings, overwrite=overwrite)
    started = time.monotonic()
    timeline = stylizer if isinstance(stylizer, Timeline) else Timeline([(0, stylizer)])
    square = form.choose_codec(settings.codec, target) in SQUARE_PIXELS
    with (
        open_frames(source, settings, settings.start, settings.end, square=square) as reader,
        folder_for(target),
        work_folder(target, resume=resume, overwrite=overwrite, keep=source != PIPE) as work,
    ):
        check_size(reader)
        codec = codec_for(reader, settings, form, target)
        encoding = begin_or_resume(work, reader, settings, codec, target, source=source_fingerprint(source))
        resumed_at = work.frames
        stylize_segments(
            work, reader, encoding, timeline, settings, target=target, progress=progress, stop=stop, people=people
        )  # fmt: skip
        tracks, duration, size_wh = _put_together(work, reader, encoding, form, settings, target, max_size)
    return VideoReport(
        frames=work.frames,
        duration=float(duration),
        size_wh=size_wh,
        audio_copied=tracks.copied if tracks else 0,
        audio_encoded=tracks.encoded if tracks else 0,
        elapsed=time.monotonic() - started,
        encoder=form.name if form in ANIMATIONS.values() else encoding.encoder,
        device=timeline.entries[0][1].device,
        subtitles=tracks.subtitles if tracks else 0,
        resumed_at=resumed_at,
    )


def stylize_to_pipe(
    source: Path,
    out: BinaryIO,
    stylizer: Stylizing | Timeline[Stylizing],
    settings: VideoSettings = DEFAULT_SETTINGS,
    *,
    kind: str = "y4m",
    people: People = PLAIN,
    progress: Callable[[Progress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> VideoReport:
    """Stylizes a source to a stream, frame by frame as they come; sound is left out.

    Args:
        out: is written only, from its beginning.
        kind: one of pipe_writer.KINDS.
        people: as in stylize_video.

    Raises:
        SourceError, Stopped: as stylize_video.
        SinkError: the stream cannot be written, or cannot hold `settings.pixels`.
        ReaderGoneError: nobody reads it any more.
    """
    check_frames(source, settings)
    started = time.monotonic()
    timeline = stylizer if isinstance(stylizer, Timeline) else Timeline([(0, stylizer)])
    count = 0

    def report(done: Progress) -> None:
        nonlocal count
        count = done.frames
        progress(done)

    with open_frames(source, settings, settings.start, settings.end) as reader:
        check_size(reader)
        reader.keep_alpha = reader.has_alpha and settings.matte is None
        if isinstance(reader, VideoReader) and reader.has_sound:
            _log.warning("the sound of %s is left out of standard output", reader.path)
        writer = PipeWriter(out, reader, kind, settings.pixels)
        stylize_frames(
            reader, writer, timeline, settings, deep=False, target=Path("standard output"), progress=report, stop=stop,
            people=people,
        )  # fmt: skip
    return VideoReport(
        frames=count,
        duration=float(count / reader.rate),
        size_wh=reader.size_wh,
        audio_copied=0,
        audio_encoded=0,
        elapsed=time.monotonic() - started,
        encoder=kind,
        device=timeline.entries[0][1].device,
        subtitles=0,
        resumed_at=0,
    )


def codec_for(reader: Frames, settings: VideoSettings, form: FileFormat, target: Path) -> str:
    """The codec asked for, or the format's default; in .mov, one that keeps what is transparent if anything is.

    Raises:
        SinkError: the format cannot hold the codec asked for.
    """
    codec = form.choose_codec(settings.codec, target)
    if settings.codec is None and settings.matte is None and reader.is_transparent and not holds_alpha(codec):
        keeping = next((one for one in form.video_codecs if holds_alpha(one) and one not in SQUARE_PIXELS), None)
        if keeping is not None and form.name != "matroska":
            _log.warning("%s is transparent: it is encoded as %s, which keeps that", reader.path, keeping)
            return keeping
    return codec


def _put_together(
    work: WorkFolder,
    reader: Frames,
    encoding: Encoding,
    form: FileFormat,
    settings: VideoSettings,
    target: Path,
    max_size: int | None,
) -> tuple[Tracks | None, Fraction, tuple[int, int]]:
    """Makes the target of the segments.

    Returns:
        Its sound and subtitles, the seconds that the pictures last, and their (width, height).
    """
    names = numbered(target)
    if names is not None or form in ANIMATIONS.values():
        _tell_losses(reader, work, target, are_pictures=names is not None)
    if names is not None:
        write_pictures(work.path, names, work.segments, reader.numbers, target=target)
        return None, length_of(work.segments, encoding), reader.size_wh
    with part_file(target, work.path) as part:
        if form not in ANIMATIONS.values():
            return *assemble(part, reader, encoding, work.segments, form, target=target), reader.size_wh
        size_wh = write_animation(part, encoding, work.segments, form.name, settings.quality, max_size, target=target)
    return None, length_of(work.segments, encoding), size_wh


def _tell_losses(reader: Frames, work: WorkFolder, target: Path, *, are_pictures: bool) -> None:
    """Warns of what animations and numbered pictures cannot hold."""
    if isinstance(reader, VideoReader) and reader.has_sound:
        _log.warning("the sound of %s is left out: %s holds none", reader.path, target.name)
    steps = np.diff(np.sort(all_pts(work.segments)[0]))
    if are_pictures and len(steps) and steps.max() > 1.5 * steps.min():
        _log.warning("the frames of %s last differently long, which numbered pictures do not keep", reader.path)
