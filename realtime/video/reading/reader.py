"""VideoReader: upright BGR frames of a video file with their exact times.

Decodes with PyAV rather than cv2.VideoCapture, which rounds or invents timestamps (opencv #15749, #17276). In one pass
each frame comes with its own timestamp: a variable frame rate stays variable, and 30000/1001 stays 30000/1001.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.video.frame import VideoFrame

from nstcam.realtime.errors import SourceError
from nstcam.realtime.video.reading.cut_animations import is_cut_short
from nstcam.realtime.video.reading.deinterlace import deinterlaced
from nstcam.realtime.video.reading.formats import LONGEST_SECONDS
from nstcam.realtime.video.reading.frame_times import FrameTimes
from nstcam.realtime.video.reading.frames import Closing, TimedFrame, as_written
from nstcam.realtime.video.reading.matte import BLACK, Matte
from nstcam.realtime.video.reading.streams import chosen_tracks, header_seconds, open_video, origin
from nstcam.realtime.video.reading.timestamps import (
    LONGEST_TICK,
    MILLISECONDS,
    ClockRepair,
    clock_jumps,
    fine_time_base,
    mean_rate,
    with_display_times,
)
from nstcam.realtime.video.reading.upright import Upright
from nstcam.realtime.video.reading.webm_alpha import WebmAlpha
from nstcam.realtime.video.reading.wrong_files import refuse_other_files

_CONTAINER_TAGS: Final = frozenset({"major_brand", "minor_version", "compatible_brands", "encoder"})
"""Metadata that describes the container, so it is not copied to another one."""
_STREAM_TAGS: Final = frozenset({"language", "title", "timecode"})
"""Metadata of the video stream that is copied."""
_NO_TIMES: Final = 0x80
"""Flag of formats without timestamps (AVFMT_NOTIMESTAMPS), in which seeking is guesswork."""

_log = logging.getLogger(__name__)


class VideoReader(Closing):
    """The frames of a video file in display order. A context manager, for one thread at a time.

    Frames are progressive, upright, BT.709 and all of one size: interlaced ones are deinterlaced, HDR is tone-mapped,
    and frames of another size than the first, which occur in broadcasts, are letterboxed; each with one warning.

    Attributes:
        size_wh: (width, height) of the upright frames.
        rate: mean frames per second, for encoders and estimates; frame times do not follow from it.
        time_base: seconds per tick.
        offset: seconds subtracted from all timestamps so that the earliest stream, or the cut, starts at 0.
        is_cut: whether only a part of the file is read.
        is_piped: whether it was given as `piped`, so that no file lies at `path`.
        sought: whether reading began at a place that was found by its time, not at the beginning of the file.
        pixel_aspect: width divided by height of a pixel of the upright frames.
        total: how many frames there should be according to the file; None if it does not say.
        metadata: of the file, like its title or the time of recording.
        stream_metadata: of the video stream, like its language.
        has_alpha, is_transparent, is_deep, keep_alpha, numbers: as in `Frames`.
    """

    is_deep = False
    numbers: list[int] | None = None

    def __init__(
        self,
        path: Path,
        start: float = 0,
        end: float | None = None,
        *,
        square: bool = False,
        matte: Matte = BLACK,
        piped: InputContainer | None = None,
    ) -> None:
        """Opens the file and decodes the first frame.

        Args:
            start, end: seconds of the file; frames of start <= time < end are read. None: to the end.
            square: scale frames to square pixels if theirs are not.
            matte: what is seen through transparent pixels, unless `keep_alpha` is set.
            piped: what `path` names, already open; it is read once, from its beginning.

        Raises:
            SourceError: the file is not a video, no frame can be decoded, none lies between `start` and `end`, or its
                clock makes no sense.
        """
        self.path = path
        if not 0 <= start <= LONGEST_SECONDS or not (end is None or start < end <= LONGEST_SECONDS):
            until = "the end" if end is None else f"{end:g} s"
            raise SourceError(
                f"nothing lies between {start:g} s and {until}; the start must be 0 or later, and before the end, "
                f"which is at most {LONGEST_SECONDS} s"
            )
        if piped is None:
            refuse_other_files(path)
        self.is_piped = piped is not None
        self.is_cut = start > 0 or end is not None
        self._start, self._end = as_written(start), None if end is None else as_written(end)
        self._skip = self._damaged = 0
        self._has_told_of_jump = False
        self._container = open_video(path) if piped is None else piped
        try:
            self._first = self._begin(seek=piped is None)
        except BaseException:
            self._container.close()
            raise
        if self._tracks.left_out:
            _log.warning("%s: these tracks are left out: %s", path, self._tracks.left_out)
        duration = self._header_seconds
        shown = None if duration is None else min(duration, self._end or duration) - self._start
        self.total = round(max(shown, Fraction(0)) * self.rate) or None if shown is not None else None
        if self._stream.frames and not self.is_cut:
            self.total = self._stream.frames
        dropped = _CONTAINER_TAGS | {"timecode"} if start else _CONTAINER_TAGS  # a timecode belongs to the first frame
        self.metadata = {k: v for k, v in self._container.metadata.items() if k.lower() not in dropped}
        self.stream_metadata = {k: v for k, v in self._stream.metadata.items() if k in _STREAM_TAGS - dropped}
        pixel_aspect = self._stream.sample_aspect_ratio or Fraction(1)
        self._upright = Upright(path, self._first, pixel_aspect if square else Fraction(1), matte)
        self.size_wh, self.keep_alpha = self._upright.size_wh, False
        self.has_alpha, self.is_transparent = self._upright.has_alpha, self._upright.is_transparent
        self.pixel_aspect = Fraction(1) if square else 1 / pixel_aspect if self._upright.turned else pixel_aspect
        states_none = self._container.format.flags & _NO_TIMES and self._container.format.name != "rawvideo"
        if states_none and not self._stream.codec_context.framerate:
            _log.warning(
                "%s does not state its frame rate; %g frames per second are assumed. To set another, such as 30, run "
                "first: ffmpeg -framerate 30 -i %s -c copy OUT.mp4",
                path, self.rate, path.name,
            )  # fmt: skip

    @property
    def first_seconds(self) -> Fraction:
        """The time in the file of the first frame that is read; 0 unless the file is cut."""
        return self.offset - self._origin

    @property
    def has_sound(self) -> bool:
        return any(stream.type == "audio" for stream in self._tracks.others)

    def skip(self, frames: int) -> None:
        """Skips that many frames at the beginning; the times of the others stay. Call it before iterating."""
        self._skip = frames

    def __iter__(self) -> Iterator[TimedFrame]:
        """All frames; can be iterated once. A damaged or missing end is a warning, not an error."""
        times = FrameTimes(self._stored_base, self.time_base, self.rate, self.offset)
        count = 0
        for decoded in chain([self._first], self._decoded):
            pts, duration = times.following(decoded.pts, self._lasts(decoded))
            if times.jumped:
                self._tell_of_jump()
            if self._end is not None and pts * self.time_base + self.first_seconds >= self._end:
                return
            if count >= self._skip:
                if self.keep_alpha:
                    frame, alpha = self._upright.with_alpha(decoded)
                    yield TimedFrame(frame, pts, duration, alpha)
                else:
                    yield TimedFrame(self._upright.frame(decoded), pts, duration)
            count += 1
        self._report_loss(count, times.end * self.time_base + self.first_seconds)

    def _begin(self, *, seek: bool = True) -> VideoFrame:
        """Seeks to the first frame to be read and returns it; sets all attributes that come from the container."""
        self._tracks = chosen_tracks(self._container, path=self.path)
        self._stream = self._tracks.video
        self._header_seconds = header_seconds(self._container, self._stream)
        self._origin = self.offset = origin(self._container)
        self.rate = mean_rate(self._stream, raw=bool(self._container.format.flags & _NO_TIMES))
        self._stored_base = self._stream.time_base or MILLISECONDS
        if self._stored_base > LONGEST_TICK:
            days = float(self._stored_base) / 86400
            raise SourceError(
                f"{self.path} counts its time in steps of {days:.3g} days, so its header is damaged. To set the rate, "
                f"such as 25, run first: ffmpeg -r 25 -i {self.path.name} -c copy OUT.mp4"
            )
        self.time_base = fine_time_base(self._stored_base, self.rate)
        has_times = not self._container.format.flags & _NO_TIMES
        self.sought = bool(self._start and seek and has_times and not clock_jumps(self.path))
        if self.sought:
            try:
                self._container.seek(int((self._origin + self._start) * av.time_base))
            except av.FFmpegError:
                return self._begin_again()
        self._clock = ClockRepair(self._origin + self._start if self.sought else self._origin)
        timed = with_display_times(self._decode(), guessed=self._container.format.name == "avi")
        self._decoded = deinterlaced(timed, self._stored_base, self.path)
        first = next(self._decoded, None)
        if first is None and not self._start:
            raise SourceError(f"{self.path}: no frame can be decoded; the file is damaged or cut short, get it again")
        if seek and self._start and (first is None or self._seconds(first, Fraction(0)) > self._start):
            return self._begin_again()  # without an index, a seek may go too far
        ends = Fraction(0)
        while first is not None and (at := self._seconds(first, ends)) < self._start:
            ends = at + (self._lasts(first) * self._stored_base or 1 / self.rate)
            first = next(self._decoded, None)
        if first is None or (self._end is not None and at >= self._end):
            start, end = float(self._start), self._end
            span = f"from {start:g} s on" if end is None else f"between {start:g} s and {float(end):g} s"
            length = float(self._header_seconds or 0)
            raise SourceError(
                f"{self.path} lasts {length:.2f} s and has no frame {span}; choose another --from or --to"
            )
        if self._start:
            self.offset = self._origin + at
        return first

    def _begin_again(self) -> VideoFrame:
        self._container.close()
        self._container = open_video(self.path)
        return self._begin(seek=False)

    def _seconds(self, decoded: VideoFrame, otherwise: Fraction) -> Fraction:
        """The time in the file at which a frame is shown; `otherwise` if the frame has no time."""
        return otherwise if decoded.pts is None else decoded.pts * self._stored_base - self._origin

    @staticmethod
    def _lasts(decoded: VideoFrame) -> int:
        """Duration in stored ticks, 0 if unknown. For raw streams libavformat knows that of the first frames only."""
        return 0 if decoded.pts is None else decoded.duration or 0

    def close(self) -> None:
        self._container.close()
        self._decoded = iter(())  # breaks the reference cycle, or memory would wait for the garbage collector

    def _decode(self) -> Iterator[VideoFrame]:
        packets = self._container.demux(*self._tracks.timed)
        alpha = WebmAlpha.of(self._stream, self.path)
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError:  # the file is cut off in the middle of a packet
                self._damaged += 1
                packet = None
            if packet is not None:
                self._clock.repair(packet)
                if self._clock.jumped:
                    self._tell_of_jump()
                if packet.stream is not self._stream:
                    continue
            if alpha and packet is not None:
                alpha.read(packet)
            try:
                for frame in self._stream.decode(packet):
                    yield alpha.added(frame) if alpha else frame
            except av.EOFError:
                return
            except av.FFmpegError:
                self._damaged += 1
            if packet is None:
                return

    def _tell_of_jump(self) -> None:
        if not self._has_told_of_jump:
            self._has_told_of_jump = True
            _log.warning("%s: the timestamps jump; the frames after the jump follow without a gap", self.path)

    def _report_loss(self, count: int, seconds: Fraction) -> None:
        expected = self._header_seconds
        if expected is not None and expected - seconds > max(2 / self.rate, Fraction(1, 10)):
            _log.warning(
                "%s is cut short or damaged: %d of about %s frames were decoded, %.1f of %.1f s",
                self.path, count, self.total, seconds, expected,
            )  # fmt: skip
        elif not self.is_piped and is_cut_short(self.path, self._container.format.name):
            _log.warning("%s is cut short: %d frame%s decoded", self.path, count, " was" if count == 1 else "s were")
        elif self._damaged:
            _log.warning(
                "%s is damaged: %d places were skipped, %d frames were decoded", self.path, self._damaged, count
            )
