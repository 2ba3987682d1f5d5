"""Opening a video file, and what it says about its streams."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, cast

import av
import av.logging
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from nstcam.media.plain_formats import NOT_PLAIN, not_plain, plain_options
from nstcam.media.size_limit import FRAMES_AT_ONCE, most_pixels, too_large
from nstcam.realtime.errors import SourceError

_CUSTOM_ORDER: Final = re.compile(r"Stream #0:(\d+)\S*: Audio: .* Hz, \d+ channels \(")


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
        refusal = not_plain(path) or (NOT_PLAIN if isinstance(error, av.ArgumentError) else "")
        if refusal:
            raise SourceError(f"{path} {refusal}") from error
        raise SourceError(
            f"{path} is not a video that can be read, or is damaged ({error.strerror}); choose another file"
        ) from error


def video_stream(container: InputContainer, *, path: Path) -> VideoStream:
    """The first video stream that is not cover art, set up to decode on several threads.

    Args:
        path: names the file in messages.

    Raises:
        SourceError: the file is a picture, has no video stream, uses an unknown codec, or its frames are too large.
    """
    if container.format.name == "image2" or container.format.name.endswith("_pipe"):
        raise SourceError(f"{path} {_about_picture(path)}")
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:  # cover art of music files
            if stream.codec_context is None:
                raise SourceError(f"{path} uses a video codec that is unknown here; convert it to H.264 first")
            limit_size(stream, path)
            stream.thread_type = "AUTO"
            return stream
    raise SourceError(f"{path} has no video stream, only {_kinds(container)}; choose a video file")


def _about_picture(path: Path) -> str:
    """What to do with a picture instead; libavformat takes an animated WebP for one, and cannot decode it."""
    with path.open("rb") as file:
        head = file.read(64)
    if head[8:16] == b"WEBPVP8X" and head[20] & 2:  # the flag of animations (RFC 9649, 2.7)
        return "is an animated WebP, which is not read as a video; save it as GIF, APNG or MP4 first"
    return "is a picture, not a video; use nstcam image"


def limit_size(stream: VideoStream, name: Path | str) -> None:
    """Refuses frames that are too large, and has the decoder refuse those that grow later.

    Args:
        name: of the file, for the message.

    Raises:
        SourceError: they are too large from the beginning.
    """
    try:
        refusal = too_large((stream.width, stream.height), FRAMES_AT_ONCE)
        stream.codec_context.options = {"max_pixels": str(most_pixels(FRAMES_AT_ONCE))}
    except ValueError as error:
        raise SourceError(str(error)) from error
    if refusal:
        raise SourceError(f"{name} {refusal}")


def _kinds(container: InputContainer) -> str:
    kinds = {stream.type for stream in container.streams if not stream.disposition & Disposition.attached_pic}
    return " and ".join(sorted(kinds)) or "data that cannot be played"


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


def streams_with_custom_order(source: InputContainer) -> set[int]:
    """Indices of audio streams whose channels are in an unusual order, as in 7.1 of QuickTime.

    PyAV 18.1 frees such a layout twice, and crashes, as soon as the layout is read or a frame is decoded. Therefore it
    is parsed from what libavformat prints.
    """
    level = av.logging.get_level()
    av.logging.set_level(av.logging.INFO)
    try:
        streams: str = cast(Any, source).dumps_format()  # missing from PyAV's stub
    finally:
        av.logging.set_level(level)
    return {int(found[1]) for found in _CUSTOM_ORDER.finditer(streams)}
