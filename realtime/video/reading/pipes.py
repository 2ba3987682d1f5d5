"""Standard input in place of a file: y4m, raw pixels, nut, Matroska, as ffmpeg writes them."""

from __future__ import annotations

import os
import select
import sys
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, Final

import av
from av.container import InputContainer
from av.video.format import VideoFormat

from nstcam.media.plain_formats import plain_options
from nstcam.media.size_limit import FRAMES_AT_ONCE, too_large
from nstcam.realtime.errors import SourceError
from nstcam.realtime.interrupted import asked_to_end

PIPE: Final = Path("-")
"""Stands for standard input or output."""
_LOOKING: Final = 0.2
"""Seconds between two looks at whether the program is asked to end."""


class _Pipe:
    """What PyAV reads from: without `seek`, it does not try to."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        """Ends if the program is asked to while nothing comes: a system call that a signal has interrupted would begin
        again, and PyAV prints what is raised here."""
        descriptor = _descriptor(self._file)
        if descriptor is None:
            return self._file.read1(size) if hasattr(self._file, "read1") else self._file.read(size)
        while not select.select([descriptor], [], [], _LOOKING)[0]:
            if asked_to_end.is_set():
                return b""
        return os.read(descriptor, size)


def _descriptor(file: BinaryIO) -> int | None:
    """What can be waited for; None for a file in memory, and on Windows, where only sockets can."""
    if sys.platform == "win32" or not hasattr(file, "fileno"):
        return None
    try:
        return file.fileno()
    except OSError:
        return None


def known_pixels(name: str) -> VideoFormat:
    """The pixel format of that name in FFmpeg.

    Raises:
        ValueError: there is none.
    """
    try:
        return VideoFormat(name)
    except ValueError as error:
        raise ValueError(
            f"{name} is not a pixel format; give one of FFmpeg's, like bgr24, rgba or yuv420p (ffmpeg -pix_fmts)"
        ) from error


def open_pipe(file: BinaryIO, raw: tuple[str, tuple[int, int], Fraction] | None) -> InputContainer:
    """Opens a stream for reading once, from its beginning.

    Args:
        raw: pixel format, (width, height) and frames per second of raw pixels; None: what it is shows at its beginning.

    Raises:
        SourceError: it is not a video.
    """
    what = "standard input"
    try:
        if raw is None:
            options = {name: text for name, text in plain_options().items() if name == "format_whitelist"}
            return av.open(_Pipe(file), "r", options=options, metadata_errors="replace")
        pixels, size_wh, rate = raw
        if refusal := too_large(size_wh, FRAMES_AT_ONCE):
            raise SourceError(f"{what} {refusal}")
        stated = {"pixel_format": pixels, "video_size": f"{size_wh[0]}x{size_wh[1]}", "framerate": str(rate)}
        return av.open(_Pipe(file), "r", format="rawvideo", options=stated)
    except av.FFmpegError as error:
        raise SourceError(
            f"{what} is not a video that can be read ({error.strerror}); pipe y4m, nut or matroska into it, or raw "
            "pixels with --pixel-format, --size and --fps"
        ) from error
    except ValueError as error:
        raise SourceError(f"{what}: {error}") from error
