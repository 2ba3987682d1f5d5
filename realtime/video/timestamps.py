"""Timestamps of video files: frame rate, ticks, and repairs where a file gets its times wrong."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from nstcam.realtime.video.streams import open_video

DEFAULT_RATE: Final = Fraction(25)
"""Frames per second of a file that gives no rate."""

MILLISECONDS: Final = Fraction(1, 1000)

SET_BACK: Final = Fraction(1, 2)
"""Seconds. A clock that goes back by more was reset, as where recordings were put end to end."""

LONGEST_TICK: Final = 3600
"""Seconds. No clock of a video is coarser; a damaged header of an AVI can make one of 5 years."""

LONGEST_GAP: Final = 1 << 30
"""Ticks; 3 hours at 90 kHz. MP4 holds gaps of less than twice this, and loses every frame or packet after a longer
one."""


def mean_rate(stream: VideoStream, *, raw: bool) -> Fraction:
    """Mean frames per second.

    libavformat's own mean is 25 for any raw stream (`raw`), and the tick rate for raw DV; its guess is used there.
    """
    mean, guessed = stream.average_rate, stream.guessed_rate
    if raw or (mean and stream.time_base and mean * stream.time_base == 1):
        mean, guessed = guessed, mean
    return mean or guessed or DEFAULT_RATE


def fine_time_base(stored: Fraction, rate: Fraction) -> Fraction:
    """Seconds per tick: holds all times in ticks of `stored` and, if those are milliseconds, the exact times of `rate`.

    Matroska rounds to milliseconds; at 30000/1001 frames per second no frame but the first falls on one.
    """
    if stored != MILLISECONDS or rate.numerator > 120_000:
        return stored
    return Fraction(1, math.lcm(stored.denominator, rate.numerator))


def with_display_times(frames: Iterator[VideoFrame], *, guessed: bool) -> Iterator[VideoFrame]:
    """The frames, with `pts` replaced by the decoding time where that is more trustworthy.

    This is libavcodec's rule (guess_correct_pts): whichever of the two has gone back more often is wrong. A decoded
    frame carries the decoding time of the packet that released it, so these times are in display order. The last
    frames are released by no packet and have none; each is placed right after the one before it.

    Args:
        guessed: the container stores decoding times only, as AVI does, and libavformat has guessed the display times.
            With B-frames the guesses go back and forth, so they are not used at all.
    """
    wrong_pts, wrong_dts = int(guessed), 0
    last_pts: int | None = None
    last_dts: int | None = None
    follows: int | None = None
    for frame in frames:
        pts, dts = frame.pts, frame.dts
        wrong_dts += dts is not None and last_dts is not None and dts <= last_dts
        wrong_pts += pts is not None and last_pts is not None and pts <= last_pts
        last_dts = pts if dts is None else dts
        last_pts = dts if pts is None else pts
        if pts is None or wrong_pts > wrong_dts:
            frame.pts = follows if dts is None and pts is not None else dts
        follows = None if frame.pts is None else frame.pts + (frame.duration or 0)
        yield frame


def packet_times(path: Path, start: float = 0, end: float | None = None) -> list[float]:
    """When the frames of a video are shown, read from its packets alone: an hour of video takes seconds.

    Inexact for damaged files: packets that cannot be decoded are counted too.

    Returns:
        Seconds from the beginning of the file, start <= time < end, in decoding order.
    """
    with open_video(path) as container:
        stream = next(s for s in container.streams.video if not s.disposition & Disposition.attached_pic)
        origin = max((container.start_time or 0) / av.time_base, 0)
        rate = stream.guessed_rate or DEFAULT_RATE  # the mean of a raw stream is 25, whatever its real rate
        stored = [packet.pts for packet in _packets(container, stream) if packet.size]
        base = float(stream.time_base or 0)
    seconds = [float(index / rate) if pts is None else pts * base - origin for index, pts in enumerate(stored)]
    last = float("inf") if end is None else end
    return [at for at in seconds if start <= at < last]


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    try:
        yield from container.demux(stream)
    except av.FFmpegError:  # the file is cut off in the middle of a packet
        return


class ClockRepair:
    """Removes the jumps of a file's clock. Takes the packets of all its streams in the order of the file."""

    def __init__(self) -> None:
        self._latest = self._shift = Fraction(0)
        self._shifts: dict[int, Fraction] = {}
        self._ends: dict[int, Fraction] = {}

    def repair(self, packet: Packet[Stream]) -> None:
        """Shifts the packet's times in place; a packet without times is left alone.

        After a clock was set back, packets continue without a gap behind the latest packet of all streams, which keeps
        the streams in step. A packet whose time damage put further ahead than files can hold continues behind its own
        stream.
        """
        index, base = packet.stream.index, packet.time_base
        if packet.dts is None:
            return
        shift, last = self._shifts.get(index, self._shift), self._ends.get(index, Fraction(0))
        if packet.dts * base + shift < last - SET_BACK:
            if packet.dts * base + self._shift < last - SET_BACK:  # the first stream to notice
                self._shift = self._latest - packet.dts * base
            shift = self._shifts[index] = self._shift
        elif packet.dts * base + shift > last + LONGEST_GAP * base:
            shift = self._shifts[index] = last - packet.dts * base
        if (packet.duration or 0) > LONGEST_GAP:
            packet.duration = 0
        ticks = round(shift / base)
        packet.dts += ticks
        if packet.pts is not None:
            packet.pts += ticks
        self._ends[index] = (packet.dts + (packet.duration or 0)) * base
        self._latest = max(self._latest, self._ends[index])
