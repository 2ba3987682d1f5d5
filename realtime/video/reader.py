"""Video files read: upright BGR frames with their exact times.

Decoded through PyAV and not cv2.VideoCapture: one pass then gives each frame with its own timestamp, which OpenCV
rounds or invents (opencv #15749, #17276), so a variable frame rate stays variable and 30000/1001 stays that.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import Frame
from nstcam.realtime.video.clock import LONGEST_GAP, SET_BACK
from nstcam.realtime.video.deinterlace import deinterlaced
from nstcam.realtime.video.display_times import with_display_times
from nstcam.realtime.video.rates import DEFAULT_RATE, MILLISECONDS, fine_base, mean_rate
from nstcam.realtime.video.upright import Upright

_OF_THE_FORMAT: Final = frozenset({"major_brand", "minor_version", "compatible_brands", "encoder"})
_OF_A_STREAM: Final = frozenset({"language", "title", "timecode"})
_NO_TIMES: Final = 0x80
"""Formats whose seeking is a guess: AVFMT_NOTIMESTAMPS."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TimedFrame:
    """A frame with its time and duration in ticks of `VideoReader.time_base`."""

    frame: Frame
    pts: int
    duration: int


class VideoReader:
    """The frames of a video file in order of display; for one thread at a time, closed by `with`.

    Frames are progressive, upright, BT.709 and of one size: interlaced ones are deinterlaced, HDR is tone-mapped, and
    frames of another size than the first, as broadcasts have, are scaled into it; each with one warning.

    Attributes:
        size_wh: of the upright frames.
        rate: mean frames a second; of use to encoders and estimates, the times of frames do not follow from it.
        time_base: seconds a tick.
        offset: seconds that were taken off all timestamps, so that the earliest stream, or the cut, starts at 0.
        is_cut: not the whole file is read.
        pixel_aspect: width to height of a pixel of the upright frames.
        total: how many frames there should be, as far as the file tells.
        metadata: title, time of recording and the like.
        stream_metadata: of the video stream, e.g. its language.
    """

    def __init__(self, path: Path, start: float = 0, end: float | None = None, *, square: bool = False) -> None:
        """Opens the file and decodes the first frame.

        Args:
            start, end: seconds of the file; frames of start <= time < end are read.
            square: frames are scaled to square pixels where they have others.

        Raises:
            SourceError: not a video, not one frame of it can be decoded, or there is none between start and end.
        """
        self.path = path
        if start < 0 or (end is not None and end <= start):
            until = "the end" if end is None else f"{end:g} s"
            raise SourceError(f"from {start:g} s to {until} there is nothing; --to must come after --from")
        if path.stat().st_size == 0:
            raise SourceError(f"{path} is empty (0 bytes); get the file again")
        self.is_cut = start > 0 or end is not None
        self._start, self._end = Fraction(start), None if end is None else Fraction(end)
        self._skip = self._damaged = 0
        self._container = _open(path)
        try:
            self._first = self._begin()
        except BaseException:
            self._container.close()
            raise
        duration = self._duration()
        shown = None if duration is None else min(duration, self._end or duration) - self._start
        self.total = round(max(shown, Fraction(0)) * self.rate) or None if shown is not None else None
        if self._stream.frames and not self.is_cut:
            self.total = self._stream.frames
        dropped = _OF_THE_FORMAT | {"timecode"} if start else _OF_THE_FORMAT  # a timecode is that of the first frame
        self.metadata = {k: v for k, v in self._container.metadata.items() if k.lower() not in dropped}
        self.stream_metadata = {k: v for k, v in self._stream.metadata.items() if k in _OF_A_STREAM - dropped}
        pixel_aspect = self._stream.sample_aspect_ratio or Fraction(1)
        self._upright = Upright(path, self._first, pixel_aspect if square else Fraction(1))
        self.size_wh = self._upright.size_wh
        self.pixel_aspect = Fraction(1) if square else 1 / pixel_aspect if self._upright.turned else pixel_aspect
        if self._container.format.flags & _NO_TIMES and not self._stream.codec_context.framerate:
            _log.warning(
                "%s says nowhere how fast it is; %g frames a second are assumed. For others, 30 say, first: "
                "ffmpeg -framerate 30 -i %s -c copy OUT.mp4",
                path, self.rate, path.name,
            )  # fmt: skip

    @property
    def first_seconds(self) -> Fraction:
        """Of the file, at which the first frame that is read stands; 0 unless it is cut."""
        return self.offset - self._origin

    def skip(self, frames: int) -> None:
        """Leaves out that many frames at the beginning; the times of the others stay. Before iteration."""
        self._skip = frames

    def __iter__(self) -> Iterator[TimedFrame]:
        """All frames; can be run through once. A damaged or missing rest ends in a warning, not in an error."""
        count = next_pts = ends_at = shift = 0
        for decoded in chain([self._first], self._decoded):
            duration = max(self._ticks(self._lasts(decoded)), 0) or max(round(1 / self.rate / self.time_base), 1)
            if duration > LONGEST_GAP:
                duration = round(1 / DEFAULT_RATE / self.time_base)
            # Muxers want times that strictly rise; broken files repeat some or have none.
            pts = ends_at if decoded.pts is None else self._since_start(decoded.pts) + shift
            if pts - ends_at > LONGEST_GAP or (next_pts - pts) * self.time_base > SET_BACK:
                if not shift:
                    _log.warning("%s: its clock jumps; what follows goes on without a gap", self.path)
                shift, pts = shift + ends_at - pts, ends_at
            pts = max(pts, next_pts)
            if self._end is not None and pts * self.time_base + self.first_seconds >= self._end:
                return
            if count >= self._skip:
                yield TimedFrame(self._upright.frame(decoded), pts, duration)
            count, next_pts, ends_at = count + 1, pts + 1, pts + duration
        self._report_loss(count, ends_at * self.time_base + self.first_seconds)

    def _begin(self, *, seek: bool = True) -> VideoFrame:
        """The first frame to be read; sets everything that comes from the container."""
        self._stream = self._video_stream()
        self._origin = self.offset = max(Fraction(self._container.start_time or 0, av.time_base), Fraction(0))
        self.rate = mean_rate(self._stream, raw=bool(self._container.format.flags & _NO_TIMES))
        self._stored_base = self._stream.time_base or MILLISECONDS
        self.time_base = fine_base(self._stored_base, self.rate)
        if self._start and seek and not self._container.format.flags & _NO_TIMES:
            try:
                self._container.seek(int((self._origin + self._start) * av.time_base))
            except av.FFmpegError:
                return self._begin_again()
        timed = with_display_times(self._decode(), guessed=self._container.format.name == "avi")
        self._decoded = deinterlaced(timed, self._stored_base, self.path)
        first = next(self._decoded, None)
        if first is None and not self._start:
            raise SourceError(f"{self.path}: no frame could be decoded; the file is damaged or cut short")
        if seek and self._start and (first is None or self._seconds(first, Fraction(0)) > self._start):
            return self._begin_again()  # a file without an index: the seek went too far
        ends = Fraction(0)
        while first is not None and (at := self._seconds(first, ends)) < self._start:
            ends = at + (self._lasts(first) * self._stored_base or 1 / self.rate)
            first = next(self._decoded, None)
        if first is None or (self._end is not None and at >= self._end):
            raise SourceError(
                f"{self.path} has no frame from {float(self._start):g} s on, or none before --to; "
                f"it lasts {float(self._duration() or 0):.2f} s"
            )
        if self._start:
            self.offset = self._origin + at
        return first

    def _begin_again(self) -> VideoFrame:
        self._container.close()
        self._container = _open(self.path)
        return self._begin(seek=False)

    def _seconds(self, decoded: VideoFrame, otherwise: Fraction) -> Fraction:
        """Of the file, at which the frame is shown; `otherwise` is for files without times."""
        return otherwise if decoded.pts is None else decoded.pts * self._stored_base - self._origin

    @staticmethod
    def _lasts(decoded: VideoFrame) -> int:
        """Ticks; 0 where it is not known. Of a raw stream libavformat tells that for the first frames only."""
        return 0 if decoded.pts is None else decoded.duration or 0

    def close(self) -> None:
        self._container.close()
        self._decoded = iter(())  # it refers to this reader: memory would wait for the garbage collector

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _video_stream(self) -> VideoStream:
        if self._container.format.name == "image2" or self._container.format.name.endswith("_pipe"):
            raise SourceError(f"{self.path} is a picture, not a video; use nstcam image")
        for stream in self._container.streams.video:
            if not stream.disposition & Disposition.attached_pic:  # cover art of music files
                if stream.codec_context is None:
                    raise SourceError(
                        f"{self.path} is in a video codec that is not known here; convert it to H.264 first"
                    )
                stream.thread_type = "AUTO"
                return stream
        raise SourceError(f"{self.path} has no video stream, only {_kinds(self._container)}; choose a video file")

    def _decode(self) -> Iterator[VideoFrame]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError:  # the file ends in the middle of something
                self._damaged += 1
                packet = None
            try:
                yield from self._stream.decode(packet)
            except av.EOFError:
                return
            except av.FFmpegError:
                self._damaged += 1
            if packet is None:
                return

    def _ticks(self, stored: int) -> int:
        return round(stored * self._stored_base / self.time_base)

    def _since_start(self, stored: int) -> int:
        pts = self._ticks(stored - round(self.offset / self._stored_base))
        if self._stored_base != MILLISECONDS:
            return pts
        # Matroska rounds times to milliseconds; at a constant rate the exact ones are known.
        exact = round(round(pts * self.time_base * self.rate) / self.rate / self.time_base)
        return exact if abs(exact - pts) * self.time_base <= MILLISECONDS else pts

    def _duration(self) -> Fraction | None:
        """Seconds of video according to the header."""
        if self._stream.duration:
            return self._stream.duration * self._stored_base
        written = self._stream.metadata.get("DURATION", "")  # of Matroska, 00:00:03.666000000
        try:
            hours, minutes, seconds = written.split(":")
            return Fraction(hours) * 3600 + Fraction(minutes) * 60 + Fraction(seconds)
        except ValueError:
            only_video = len(self._container.streams) == 1 and self._container.duration
            return Fraction(self._container.duration or 0, av.time_base) if only_video else None

    def _report_loss(self, count: int, seconds: Fraction) -> None:
        expected = self._duration()
        if expected is not None and expected - seconds > max(2 / self.rate, Fraction(1, 10)):
            _log.warning(
                "%s is cut short or damaged: %d of about %s frames could be decoded, %.1f of %.1f s",
                self.path, count, self.total, seconds, expected,
            )  # fmt: skip
        elif self._damaged:
            _log.warning("%s is damaged: %d places were skipped, %d frames decoded", self.path, self._damaged, count)


def _open(path: Path) -> InputContainer:
    try:
        return av.open(str(path.absolute()), "r", metadata_errors="replace")
    except av.FFmpegError as error:
        if isinstance(error, PermissionError):
            raise SourceError(f"{path} cannot be read ({error.strerror}); check its permissions") from error
        raise SourceError(f"{path} is not a video that can be read, or is damaged ({error.strerror})") from error


def _kinds(container: InputContainer) -> str:
    kinds = {stream.type for stream in container.streams if not stream.disposition & Disposition.attached_pic}
    return " and ".join(sorted(kinds)) or "nothing that can be played"
