"""Standard output in place of a file: y4m, raw pixels, nut, Matroska, as ffmpeg reads them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Final, Protocol

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from nstcam.realtime.errors import SinkError
from nstcam.realtime.video.reading.frames import Frames
from nstcam.realtime.video.reading.pipes import known_pixels
from nstcam.realtime.video.reading.upright import EXACT_COLOUR

KINDS: Final = ("y4m", "rawvideo", "nut", "matroska")
"""What is written to standard output."""
_HD: Final = 720
"""Lines from which on BT.709 is the usual matrix, BT.601 below: neither y4m nor raw pixels say theirs."""
_Y4M: Final = {"yuv420p": "420jpeg", "yuv422p": "422", "yuv444p": "444"}
"""Pixel formats that y4m holds, and its names for them. 420jpeg says that the colour of four pixels is the one in their
middle: there swscale puts it, whatever the source had."""
_LOSSLESS: Final = {"format": "ffv1", "opaque": "bgr0", "alpha": "bgra"}


class ReaderGoneError(Exception):
    """Whoever reads standard output has closed it: not an NstError, for there is nothing to mend."""


class _Pipe:
    """What PyAV writes to: without `seek`, it does not try to."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.is_gone = False

    def write(self, data: bytes) -> int:
        with self._watched():
            self._file.write(data)
        return len(data)

    def flush(self) -> None:
        with self._watched():
            self._file.flush()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except ConnectionError:  # BrokenPipeError is one
            self.is_gone = True
            raise


class _Sink(Protocol):
    def write(self, frame: VideoFrame) -> None: ...

    def close(self) -> None: ...


class PipeWriter:
    """Writes frames to a stream as they come, as a `pipeline.Writer`.

    y4m and raw pixels have a constant rate: frames are repeated or left out to keep the time.
    """

    def __init__(self, file: BinaryIO, reader: Frames, kind: str, pixels: str | None) -> None:
        """Begins the stream.

        Args:
            reader: whose frames are written; it is told to keep alpha if the stream holds it.
            kind: one of KINDS.
            pixels: the pixel format; None: yuv420p for y4m, bgr24 for raw pixels.

        Raises:
            SinkError: the stream cannot hold that pixel format.
        """
        self._pipe = _Pipe(file)
        self._to_pixels = VideoReformatter()
        self._timed, self._tick, self._rate = kind in ("nut", "matroska"), reader.time_base, reader.rate
        self._written = 0
        if kind == "y4m":
            pixels = pixels or "yuv420p"
            if pixels not in _Y4M:
                raise SinkError(f"y4m holds no {pixels}; give --pixel-format {', '.join(_Y4M)}, or --pipe rawvideo")
        elif self._timed:
            pixels = _LOSSLESS["alpha" if reader.has_alpha else "opaque"]
        self._pixels = known_pixels(pixels or "bgr24")
        self._has_alpha = any(component.is_alpha for component in self._pixels.components)
        reader.keep_alpha = reader.keep_alpha and self._has_alpha
        hd = min(reader.size_wh) >= _HD
        self._matrix = None if self._pixels.is_rgb else Colorspace.ITU709 if hd else Colorspace.ITU601
        try:
            self._sink: _Sink = (
                _Container(self._pipe, kind, reader, self._pixels.name)
                if self._timed
                else _Raw(self._pipe, kind, reader, self._pixels.name)
            )
        except OSError as error:
            raise self._failed(error) from error

    def converted(self, frame: NDArray[Any], pts: int, duration: int, alpha: NDArray[Any] | None = None) -> VideoFrame:
        """The frame in the pixels of the stream; arrays as in VideoWriter.converted, of 8 bits."""
        form = "bgr24"
        if self._has_alpha:
            opaque = np.full(frame.shape[:2], 255, np.uint8)
            frame, form = np.dstack((frame, opaque if alpha is None else alpha)), "bgra"
        whole = VideoFrame.from_ndarray(np.ascontiguousarray(frame), form)
        colours = {} if self._matrix is None else {"dst_colorspace": self._matrix, "dst_color_range": ColorRange.MPEG}
        out = self._to_pixels.reformat(
            whole, format=self._pixels.name, interpolation=EXACT_COLOUR, threads=1, **colours
        )
        out.pts, out.duration, out.time_base = pts, duration, self._tick
        return out

    def encode(self, yuv: VideoFrame) -> None:
        """Writes a frame.

        Raises:
            ReaderGoneError: nobody reads any more.
            SinkError: the stream cannot be written.
        """
        assert yuv.pts is not None
        times = 1
        if not self._timed:
            times = round((yuv.pts + (yuv.duration or 0)) * self._tick * self._rate) - self._written
        try:
            for _ in range(times):
                self._sink.write(yuv)
                self._written += 1
        except OSError as error:
            raise self._failed(error) from error

    def finish(self) -> None:
        """Ends the stream; raises as `encode`."""
        try:
            self._sink.close()
            self._pipe.flush()
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> Exception:
        if self._pipe.is_gone:
            return ReaderGoneError()
        return SinkError(f"cannot write standard output ({error.strerror or error}); check what reads it")


class _Raw:
    """y4m, or pixels alone."""

    def __init__(self, pipe: _Pipe, kind: str, reader: Frames, pixels: str) -> None:
        self._pipe, self._is_y4m = pipe, kind == "y4m"
        width, height = reader.size_wh
        self._packer = av.CodecContext.create("rawvideo", "w")
        self._packer.width, self._packer.height, self._packer.pix_fmt = width, height, pixels
        self._packer.time_base = reader.time_base
        if self._is_y4m:
            rate, aspect = reader.rate, reader.pixel_aspect
            pipe.write(
                f"YUV4MPEG2 W{width} H{height} F{rate.numerator}:{rate.denominator} Ip "
                f"A{aspect.numerator}:{aspect.denominator} C{_Y4M[pixels]} XCOLORRANGE=LIMITED\n".encode()
            )

    def write(self, frame: VideoFrame) -> None:
        for packet in self._packer.encode(frame):
            self._pipe.write(b"FRAME\n" + bytes(packet) if self._is_y4m else bytes(packet))

    def close(self) -> None:
        """Nothing ends these streams but their end."""


class _Container:
    """nut or Matroska, which keep the times of frames; the pixels are compressed without loss."""

    def __init__(self, pipe: _Pipe, kind: str, reader: Frames, pixels: str) -> None:
        self._out = av.open(pipe, "w", format=kind)
        stream = self._out.add_stream(_LOSSLESS["format"], rate=reader.rate, options={"slices": "4"})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = *reader.size_wh, pixels
        stream.codec_context.time_base = stream.time_base = reader.time_base
        stream.codec_context.sample_aspect_ratio = reader.pixel_aspect
        self._stream = stream

    def write(self, frame: VideoFrame) -> None:
        self._out.mux(self._stream.encode(frame))

    def close(self) -> None:
        self._out.mux(self._stream.encode(None))
        self._out.close()
