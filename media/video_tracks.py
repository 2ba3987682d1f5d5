"""Which video track of a file is read: the one that players show.

PyAV is imported by the functions that need it: whoever reads pictures only does without.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

_PROGRAM: Final = re.compile(r"  (?:Program \d+|No Program)")
_STREAM: Final = re.compile(r"  Stream #0:(\d+)\S*: (\w+)(.*)")
_TAG: Final = re.compile(r" \((\w{4}) / 0x")
_CUSTOM_ORDER: Final = re.compile(r" Hz, \d+ channels \(")
_PICTURES: Final = frozenset({"mjpeg", "png", "bmp", "gif", "webp", "tiff"})
"""Codecs of covers that a file does not declare as such."""


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

    def elsewhere(self, video: VideoStream) -> set[int]:
        """Indices of the streams that belong to other programmes than the video; empty without programmes."""
        own = next((group for group in self.programs if video.index in group), None)
        return set().union(*self.programs) - own if own is not None else set()


def listing(container: InputContainer) -> Listing:
    """Parses what libavformat prints about a file."""
    import av.logging

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


def main_video(container: InputContainer, about: Listing) -> VideoStream | None:
    """The video track that players show; None if there is none with a known codec.

    It is the one marked as default; if none is, the one with the most pixels; of equals, the first. Covers and
    thumbnails are never chosen. Of several programmes in a transport stream, only that with the largest video counts.
    An animated AVIF holds its first picture once more, as a track of its own.

    Args:
        about: `listing(container)`.
    """
    from av.stream import Disposition

    videos = [stream for stream in container.streams.video if not is_cover(stream, container)]
    known = [stream for stream in videos if stream.codec_context is not None]
    if not known:
        return None
    if len(about.programs) > 1:
        program = max(
            about.programs, key=lambda group: max((_pixels(s) for s in known if s.index in group), default=-1)
        )
        known = [stream for stream in known if stream.index in program] or known
    if is_animated_avif(container):
        most = max(stream.frames for stream in known)
        known = [stream for stream in known if stream.frames == most]
    marked = [stream for stream in known if stream.disposition & Disposition.default]
    return marked[0] if marked else max(known, key=_pixels)


def is_cover(stream: VideoStream, container: InputContainer) -> bool:
    """Whether a video stream is a picture beside the film: a cover, a thumbnail or pictures of chapters."""
    from av.stream import Disposition

    if stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails):
        return True
    codec = stream.codec_context and stream.codec_context.codec.canonical_name
    return len(container.streams.video) > 1 and stream.frames == 1 and codec in _PICTURES


def is_animated_avif(container: InputContainer) -> bool:
    return container.metadata.get("major_brand") in ("avis", "avif")


def _pixels(stream: VideoStream) -> int:
    return stream.width * stream.height
