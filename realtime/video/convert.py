"""stylize_video(): a video file in, a video file out.

    source --pipeline--> segments in a work folder --assemble--> part file --rename--> target
                                                  sound, subtitles

An interrupted run resumes after its last finished segment.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nstcam.realtime.files import check_paths, part_file
from nstcam.realtime.stylizing import Stylizing
from nstcam.realtime.video.encoders import SQUARE_PIXELS
from nstcam.realtime.video.formats import FORMATS
from nstcam.realtime.video.painting import (
    DEFAULT_SETTINGS,
    VideoSettings,
    check_size,
)
from nstcam.realtime.video.pipeline import Progress, begin_or_resume, stylize_segments
from nstcam.realtime.video.reader import VideoReader
from nstcam.realtime.video.timeline import Timeline
from nstcam.realtime.video.work_folder import work_folder
from nstcam.realtime.video.writer import assemble


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
    overwrite: bool = False,
    resume: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> VideoReport:
    """Stylizes a video file; size, frame times, sound and subtitles are kept, and the result is upright.

    The target appears whole or not at all. Segments that an interrupted run has finished stay in a hidden folder beside
    it.

    Args:
        target: its suffix, one of FORMATS, chooses the container.
        overwrite: whether an existing target may be replaced.
        resume: continue an interrupted run of the same source and settings, if there is one.
        progress: called after each frame.
        stop: asked before each frame.

    Raises:
        SourceError: `source` is not a video, cannot be decoded, or has frames smaller than 32x32.
        SinkError: the target exists, is the source, has an unknown suffix or cannot be written; or there is an
            interrupted run, and neither `resume` nor `overwrite` is set.
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
        check_size(reader)
        encoding = begin_or_resume(work, reader, settings, codec, target)
        resumed_at = work.frames
        stylize_segments(work, reader, encoding, timeline, settings, target=target, progress=progress, stop=stop)
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
        device=timeline.entries[0][1].device,
        subtitles=tracks.subtitles,
        resumed_at=resumed_at,
    )
