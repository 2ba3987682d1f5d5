"""Opening a video file, and what it says about its streams."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from nstcam.media.kinds import picture_kind
from nstcam.media.plain_formats import not_plain, plain_options
from nstcam.media.size_limit import FRAMES_AT_ONCE, decoder_options, too_large
from nstcam.realtime.errors import SourceError
from nstcam.realtime.video.reading.choice import Choice, choose

WRAPPING: Final = frozenset({"mpegts", "mpeg"})
"""Formats whose clock has 33 bits, 26.5 hours, and may be set back on the way, where recordings were put end to end."""


def open_video(path: Path) -> InputContainer:
    """Opens a file for reading; see PLAIN_FORMATS for the formats.

    Raises:
        SourceError: it cannot be read, libavformat does not know its format, or it leads to other files.
    """
    try:
        return av.open(str(path.absolute()), "r", options=plain_options(), metadata_errors="replace")
    except av.FFmpegError as error:
        if isinstance(error, PermissionError):
            raise SourceError(f"{path} cannot be read ({error.strerror}); check its permissions") from error
        # FFmpeg takes pictures of some names and sizes for one of a series.
        if isinstance(error, av.ArgumentError) and "%" not in path.name and picture_kind(_head(path)):
            raise SourceError(f"{path} {_about_picture(path)}") from error
        if refusal := not_plain(path, by_format=isinstance(error, av.ArgumentError)):
            raise SourceError(f"{path} {refusal}") from error
        raise SourceError(
            f"{path} is not a video that can be read, or is damaged ({error.strerror}); choose another file"
        ) from error


def chosen_tracks(container: InputContainer, *, path: Path) -> Choice:
    """The tracks that are read, the video set up to decode on several threads; see choice.choose().

    Args:
        path: names the file in messages.

    Raises:
        SourceError: the file is a picture, has no video stream, uses an unknown codec, or its frames are too large.
    """
    if container.format.name == "image2" or container.format.name.endswith("_pipe"):
        raise SourceError(f"{path} {_about_picture(path)}")
    choice = choose(container, path=path)
    limit_size(choice.video, path)
    choice.video.thread_type = "AUTO"
    return choice


def _about_picture(path: Path) -> str:
    """What to do with a picture instead; libavformat takes an animated WebP for one, and cannot decode it."""
    head = _head(path)
    if head[8:16] == b"WEBPVP8X" and head[20] & 2:  # the flag of animations (RFC 9649, 2.7)
        return "is an animated WebP, which is not read in parts; save it as GIF, APNG or MP4 first"
    return "is a picture, not a video; use nstcam image"


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(64)


def limit_size(stream: VideoStream, name: Path | str) -> None:
    """Refuses frames that are too large, and has the decoder refuse those that grow later.

    Args:
        name: of the file, for the message.

    Raises:
        SourceError: they are too large from the beginning.
    """
    try:
        refusal = too_large((stream.width, stream.height), FRAMES_AT_ONCE)
        stream.codec_context.options = decoder_options()
    except ValueError as error:
        raise SourceError(str(error)) from error
    if refusal:
        raise SourceError(f"{name} {refusal}")


def origin(container: InputContainer) -> Fraction:
    """Where the clock of the file stands at its beginning, in seconds.

    The 33 bits of an MPEG clock may wrap soon after the beginning; libavformat then counts from below zero up to there.
    In other formats what lies below zero is hidden, such as the first samples of AAC, and the beginning is zero.
    """
    start = Fraction(container.start_time or 0, av.time_base)
    return start if container.format.name in WRAPPING else max(start, Fraction(0))


def header_seconds(container: InputContainer, stream: VideoStream) -> Fraction | None:
    """Seconds of video according to the header; None if it does not say."""
    if stream.duration and stream.time_base:
        return stream.duration * stream.time_base
    written = stream.metadata.get("DURATION", "")  # in Matroska, like 00:00:03.666000000
    try:
        hours, minutes, seconds = written.split(":")
        return Fraction(hours) * 3600 + Fraction(minutes) * 60 + Fraction(seconds)
    except ValueError:
        only_video = len(container.streams) == 1 and container.duration
        return Fraction(container.duration or 0, av.time_base) if only_video else None
