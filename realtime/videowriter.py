"""Video files written: BGR frames with their times in, H.264 (VP9 in .webm) with the source's audio out.

Pixels are converted with the BT.709 matrix in limited range, and the file says so.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import av
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter
from av.video.stream import VideoStream

from realtime.errors import SinkError
from realtime.frame import Frame
from realtime.tracks import Tracks
from realtime.videofile import EXACT_COLOUR, VideoReader


@dataclass(frozen=True)
class FileFormat:
    """What goes into files of one suffix."""

    name: str
    video_codec: str
    options: dict[str, str]
    audio_codec: str
    """For audio that cannot be copied."""
    copies: frozenset[str]
    """Audio and subtitle codecs that the format holds and players then play."""
    mux_options: dict[str, str]


_H264: Final = {"crf": "18", "preset": "fast"}
_VP9: Final = {"crf": "24", "deadline": "good", "cpu-used": "4", "row-mt": "1"}
_FASTSTART: Final = {"movflags": "+faststart"}
_PCM: Final = frozenset({"pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_f32le", "pcm_u8"})
_IN_MP4: Final = frozenset({"aac", "mp3", "ac3", "eac3", "alac", "mov_text"})
_IN_MKV: Final = frozenset({"mp2", "vorbis", "dts", "truehd", "subrip", "ass", "webvtt", "hdmv_pgs_subtitle"})
_MP4: Final = FileFormat("mp4", "libx264", _H264, "aac", _IN_MP4 | {"opus", "flac"}, _FASTSTART)
FORMATS: Final = {
    ".mp4": _MP4,
    ".m4v": _MP4,
    ".mov": FileFormat("mov", "libx264", _H264, "aac", _IN_MP4 | _PCM, _FASTSTART),
    ".mkv": FileFormat("matroska", "libx264", _H264, "aac", _IN_MP4 | _PCM | _IN_MKV | {"opus", "flac"}, {}),
    ".webm": FileFormat("webm", "libvpx-vp9", _VP9, "libopus", frozenset({"opus", "vorbis", "webvtt"}), {}),
}

_log = logging.getLogger(__name__)


class VideoWriter:
    """A video file in the making: `write` each frame, then `finish`; closed by `with`. For one thread at a time.

    Attributes:
        size_wh: frames must have this size; it is kept to the pixel.
        tracks: audio and subtitles from the source.
    """

    def __init__(self, path: Path, like: VideoReader, *, target: Path) -> None:
        """Opens the file, with the size, rate, time base and other tracks of `like`.

        Args:
            path: where to write to; its suffix chooses the format and is one of FORMATS.
            target: the name for messages.

        Raises:
            SinkError: cannot be opened.
        """
        form = FORMATS[path.suffix.lower()]
        self.size_wh, self.time_base, self._target = like.size_wh, like.time_base, target
        self._to_yuv = VideoReformatter()
        with self._errors():
            self._output = av.open(str(path.absolute()), "w", format=form.name, container_options=form.mux_options)
            try:
                self._output.metadata.update(like.metadata)
                self._stream = self._add_video(form, like)
                self.tracks = Tracks(like.path, self._output, form.copies, form.audio_codec, like.offset)
            except BaseException:
                self._output.close()
                raise

    def write(self, frame: Frame, pts: int, duration: int) -> None:
        """Appends a frame; `pts` must rise. Both times in ticks of `time_base`.

        Raises:
            ValueError: the frame has another size.
            SinkError: cannot be written, e.g. the disk is full.
        """
        if (frame.shape[1], frame.shape[0]) != self.size_wh:
            raise ValueError(
                f"frame is {frame.shape[1]}x{frame.shape[0]}, expected {self.size_wh[0]}x{self.size_wh[1]}"
            )
        with self._errors():
            yuv = self._to_yuv.reformat(
                av.VideoFrame.from_ndarray(frame, "bgr24"),
                format=self._stream.pix_fmt,
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
                interpolation=EXACT_COLOUR,
                threads=1,
            )
            yuv.pts, yuv.duration, yuv.time_base = pts, duration, self.time_base
            self.tracks.carry_until(pts * self.time_base)
            self._output.mux(self._stream.encode(yuv))

    def finish(self) -> None:
        """Writes what is left in the encoders and the index; the file is complete then.

        Raises:
            SinkError: as `write`.
        """
        with self._errors():
            self._output.mux(self._stream.encode(None))
            self.tracks.finish()
            self._output.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.tracks.close()
        with suppress(av.FFmpegError):  # without finish() there is an error on its way already
            self._output.close()

    def _add_video(self, form: FileFormat, like: VideoReader) -> VideoStream:
        width, height = self.size_wh
        stream = self._output.add_stream(form.video_codec, rate=like.rate, options=dict(form.options))
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        if form.video_codec == "libx264" and (width % 2 or height % 2):
            stream.pix_fmt = "yuv444p"  # H.264 in 4:2:0 has even sizes only, even with its cropping
            _log.warning(
                "%dx%d is odd: H.264 keeps that size only as 4:4:4, which some players do not show", width, height
            )
        context = stream.codec_context
        context.time_base = stream.time_base = self.time_base
        context.sample_aspect_ratio = like.pixel_aspect
        context.color_range = ColorRange.MPEG
        context.colorspace = Colorspace.ITU709
        context.color_primaries = ColorPrimaries.BT709
        context.color_trc = ColorTrc.BT709
        return stream

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (av.FFmpegError, OSError) as error:
            raise SinkError(
                f"cannot write {self._target} ({error.strerror}); check the free space, or choose another format"
            ) from error
