"""Which tracks of a file are read: the video that players show, with the sounds and subtitles that belong to it."""

from __future__ import annotations

import logging
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import av.logging
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from nstcam.realtime.errors import SourceError

_PROGRAM: Final = re.compile(r"  (?:Program \d+|No Program)")
_STREAM: Final = re.compile(r"  Stream #0:(\d+)\S*: (\w+)(.*)")
_TAG: Final = re.compile(r" \((\w{4}) / 0x")
_CUSTOM_ORDER: Final = re.compile(r" Hz, \d+ channels \(")
_PICTURES: Final = frozenset({"mjpeg", "png", "bmp", "gif", "webp", "tiff"})
"""Codecs of covers that a file does not declare as such."""
_COVER: Final = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
_GPS: Final = frozenset({"gpmd", "camm", "djmd", "klva"})
"""Codec tags of data tracks that hold, among others, where the camera was."""
_CARRIED: Final = frozenset({"tmcd", "text"})
"""Codec tags of data tracks that are read as metadata or chapters."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Listing:
    """What libavformat prints about a file and PyAV has no attributes for.

    Attributes:
        programs: indices of the streams of each programme of a transport stream; empty for other files.
        tags: codec tags by index of the stream.
        custom_orders: indices of audio streams whose channels are in an unusual order, as in 7.1 of QuickTime. PyAV
            18.1 frees such a layout twice, and crashes, as soon as the layout is read or a frame is decoded.
    """

    programs: list[set[int]]
    tags: dict[int, str]
    custom_orders: set[int]


def listing(container: InputContainer) -> Listing:
    """Parses what libavformat prints about a file."""
    level = av.logging.get_level()
    av.logging.set_level(av.logging.INFO)
    try:
        text: str = cast(Any, container).dumps_format()  # missing from PyAV's stub
    finally:
        av.logging.set_level(level)
    found = Listing([], {}, set())
    group: set[int] = set()
    for line in text.splitlines():
        if _PROGRAM.match(line):
            group = set()
            if "No" not in line:
                found.programs.append(group)
        elif stream := _STREAM.match(line):
            index, kind, rest = int(stream[1]), stream[2], stream[3]
            group.add(index)
            if tag := _TAG.search(rest):
                found.tags[index] = tag[1].lower()
            if kind == "Audio" and _CUSTOM_ORDER.search(rest):
                found.custom_orders.add(index)
    return found


@dataclass(frozen=True)
class Choice:
    """The tracks of a file that are read.

    Attributes:
        video: the pictures.
        others: sounds and subtitles that belong to them, in the order of the file.
        left_out: names what else the file holds, fit to print; empty if nothing.
        custom_orders: as in `Listing`.
    """

    video: VideoStream
    others: list[Stream]
    left_out: str
    custom_orders: set[int]

    @property
    def timed(self) -> list[Stream]:
        """All of them: their packets, in the order of the file, show how its clock goes."""
        return [self.video, *self.others]


def choose(container: InputContainer, *, path: Path) -> Choice:
    """Chooses the tracks of a file.

    The video is the one marked as default; if none is, the one with the most pixels; of equals, the first. Covers and
    thumbnails are never chosen. Of several programmes in a transport stream, only that with the largest video counts.
    An animated AVIF holds its first picture once more, as a track of its own.

    Args:
        path: names the file in messages.

    Raises:
        SourceError: the file has no video stream, or only such with unknown codecs.
    """
    videos = [stream for stream in container.streams.video if not _is_cover(stream, container)]
    known = [stream for stream in videos if stream.codec_context is not None]
    if not known:
        if videos:
            raise SourceError(f"{path} uses a video codec that is unknown here; convert it to H.264 first")
        raise SourceError(f"{path} has no video stream, only {_kinds(container)}; choose a video file")
    about = listing(container)
    program: set[int] = set()
    if len(about.programs) > 1:
        program = max(
            about.programs, key=lambda group: max((_pixels(s) for s in known if s.index in group), default=-1)
        )
        known = [stream for stream in known if stream.index in program] or known
    if container.metadata.get("major_brand") in ("avis", "avif"):
        most = max(stream.frames for stream in known)
        known = [stream for stream in known if stream.frames == most]
    marked = [stream for stream in known if stream.disposition & Disposition.default]
    video = marked[0] if marked else max(known, key=_pixels)
    elsewhere = set().union(*about.programs) - program if video.index in program else set()
    others: list[Stream] = [*container.streams.audio, *container.streams.subtitles]
    chosen = [stream for stream in others if stream.index not in elsewhere]
    return Choice(video, chosen, _left_out(container, {video, *chosen}, about), about.custom_orders)


def _pixels(stream: VideoStream) -> int:
    return stream.width * stream.height


def _is_cover(stream: VideoStream, container: InputContainer) -> bool:
    """Whether a video stream is a picture beside the film: a cover, a thumbnail or pictures of chapters."""
    if stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails):
        return True
    codec = stream.codec_context and stream.codec_context.codec.canonical_name
    return len(container.streams.video) > 1 and stream.frames == 1 and codec in _PICTURES


def _left_out(container: InputContainer, chosen: set[Stream], about: Listing) -> str:
    names: Counter[str] = Counter()
    again = container.metadata.get("major_brand") in ("avis", "avif")  # its first picture, and its transparency
    for stream in container.streams:
        tag = about.tags.get(stream.index, "")
        if stream in chosen or stream.type == "attachment" or (stream.type == "data" and tag in _CARRIED):
            continue
        if isinstance(stream, VideoStream):
            if _is_cover(stream, container):
                names["cover or thumbnail"] += 1
            elif not again:
                names[f"video track of {stream.width}x{stream.height}"] += 1
        elif stream.type in ("audio", "subtitle"):
            names[f"{stream.type} track of another programme"] += 1
        else:
            names["GPS track" if tag in _GPS else f"data track ({tag})" if tag else "data track"] += 1
    return ", ".join(f"{count} {name}" for name, count in names.items())


def _kinds(container: InputContainer) -> str:
    kinds = {stream.type for stream in container.streams if not stream.disposition & Disposition.attached_pic}
    return " and ".join(sorted(kinds)) or "data that cannot be played"
