"""When the frames of a video file are shown, from its packets alone: an hour of video takes seconds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.stream import VideoStream

from nstcam.realtime.video.rates import DEFAULT_RATE


def packet_times(path: Path, start: float = 0, end: float | None = None) -> list[float]:
    """Seconds of the file between `start` and `end`, in order of decoding.

    Damage makes it inexact: what cannot be decoded is counted as well.
    """
    with av.open(str(path.absolute()), metadata_errors="replace") as container:
        stream = next(s for s in container.streams.video if not s.disposition & Disposition.attached_pic)
        origin = max((container.start_time or 0) / av.time_base, 0)
        rate = stream.guessed_rate or DEFAULT_RATE  # raw streams have a mean of 25, whatever is inside
        stored = [packet.pts for packet in _packets(container, stream) if packet.size]
        base = float(stream.time_base or 0)
    seconds = [float(index / rate) if pts is None else pts * base - origin for index, pts in enumerate(stored)]
    last = float("inf") if end is None else end
    return [at for at in seconds if start <= at < last]


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    try:
        yield from container.demux(stream)
    except av.FFmpegError:  # the file ends in the middle of something
        return
