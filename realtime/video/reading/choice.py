"""Which tracks of a file are read: the video that players show, with the sounds and subtitles that belong to it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from nstcam.media.video_tracks import Listing, is_animated_avif, is_cover, listing, main_video
from nstcam.realtime.errors import SourceError

_GPS: Final = frozenset({"gpmd", "camm", "djmd", "klva"})
"""Codec tags of data tracks that hold, among others, where the camera was."""
_CARRIED: Final = frozenset({"tmcd", "text"})
"""Codec tags of data tracks that are read as metadata or chapters."""


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

    The video is that of `main_video`; sounds and subtitles of other programmes are left out.

    Args:
        path: names the file in messages.

    Raises:
        SourceError: the file has no video stream, or only such with unknown codecs.
    """
    about = listing(container)
    video = main_video(container, about)
    if video is None:
        if any(not is_cover(stream, container) for stream in container.streams.video):
            raise SourceError(f"{path} uses a video codec that is unknown here; convert it to H.264 first")
        raise SourceError(f"{path} has no video stream, only {_kinds(container)}; choose a video file")
    elsewhere = about.elsewhere(video)
    others: list[Stream] = [*container.streams.audio, *container.streams.subtitles]
    chosen = [stream for stream in others if stream.index not in elsewhere]
    return Choice(video, chosen, _left_out(container, {video, *chosen}, about), about.custom_orders)


def _left_out(container: InputContainer, chosen: set[Stream], about: Listing) -> str:
    names: Counter[str] = Counter()
    again = is_animated_avif(container)  # its first picture, and its transparency
    for stream in container.streams:
        tag = about.tags.get(stream.index, "")
        if stream in chosen or stream.type == "attachment" or (stream.type == "data" and tag in _CARRIED):
            continue
        if isinstance(stream, VideoStream):
            if is_cover(stream, container):
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
