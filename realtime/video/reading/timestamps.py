"""Timestamps of video files: frame rate, ticks, and repairs where a file gets its times wrong."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from nstcam.realtime.video.reading.frames import as_written
from nstcam.realtime.video.reading.streams import WRAPPING, chosen_tracks, open_video, origin

DEFAULT_RATE: Final = Fraction(25)
"""Frames per second of a file that gives no rate."""

MILLISECONDS: Final = Fraction(1, 1000)

SET_BACK: Final = Fraction(1, 2)
"""Seconds. A clock that goes back by more was reset, as where recordings were put end to end."""

LONGEST_TICK: Final = 3600
"""Seconds. No clock of a video is coarser; a damaged header of an AVI can make one of 5 years."""

LONGEST_GAP: Final = 3 * 3600
"""Seconds. MP4 holds gaps of less than 2^31 ticks, and loses every frame or packet after a longer one."""

MOST_TICKS: Final = 192_000
"""Per second, of what is written: those of the finest sound. LONGEST_GAP then has less than 2^31."""

LONGEST_SILENCE: Final = LONGEST_GAP * 24
"""Seconds without a subtitle. They are written in ticks of milliseconds, or to Matroska."""


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

    Matroska rounds to milliseconds; at 30000/1001 frames per second no frame but the first falls on one. No second gets
    more than MOST_TICKS; if `stored` has more, the times are rounded to ticks on which those of `rate` fall.
    """
    if 1 / stored > MOST_TICKS:
        return Fraction(1, MOST_TICKS // rate.numerator * rate.numerator or MOST_TICKS)
    exact = math.lcm(stored.denominator, rate.numerator)
    return Fraction(1, exact) if stored == MILLISECONDS and exact <= MOST_TICKS else stored


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
        choice = chosen_tracks(container, path=path)
        stream, begin = choice.video, origin(container)
        rate = stream.guessed_rate or DEFAULT_RATE  # the mean of a raw stream is 25, whatever its real rate
        clock, stored = ClockRepair(begin), []
        for packet in _packets(container, choice.timed):
            clock.repair(packet)
            if packet.stream is stream and packet.size:
                stored.append(packet.pts)
        base = stream.time_base or Fraction(0)
    seconds = [index / rate if pts is None else pts * base - begin for index, pts in enumerate(stored)]
    first, last = as_written(start), float("inf") if end is None else as_written(end)
    return [float(at) for at in seconds if first <= at < last]


def clock_jumps(path: Path) -> bool:
    """Whether the clock of a file is set back on the way, so that a time may be in several places.

    Reads all packets of the formats in which that happens, seconds for an hour of video; others are taken not to.
    """
    state = path.stat()
    return _clock_jumps(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=8)
def _clock_jumps(path: Path, _changed: int, _size: int) -> bool:
    with open_video(path) as container:
        if container.format.name not in WRAPPING:
            return False
        choice, clock = chosen_tracks(container, path=path), ClockRepair(origin(container))
        for packet in _packets(container, choice.timed):
            clock.repair(packet)
    return clock.jumped


def _packets(container: InputContainer, streams: list[Stream]) -> Iterator[Packet[Stream]]:
    try:
        yield from container.demux(*streams)
    except av.FFmpegError:  # the file is cut off in the middle of a packet
        return


class ClockRepair:
    """Removes the jumps of a file's clock. Takes the packets of its tracks in the order of the file.

    Whoever reads a file gives it the packets of the same tracks, so all readers agree on where each one belongs.

    Attributes:
        jumped: whether there was a jump so far.
    """

    def __init__(self, begin: Fraction) -> None:
        """`begin`: seconds on the file's clock at which reading begins."""
        self.jumped = False
        self._latest, self._shift = begin, Fraction(0)
        self._shifts: dict[int, Fraction] = {}
        self._last: dict[int, Fraction] = {}
        self._ends: dict[int, Fraction] = {}

    def repair(self, packet: Packet[Stream]) -> None:
        """Shifts the packet's times in place; a packet without times is left alone.

        After a clock was set back, packets continue without a gap behind the latest sound or picture, which keeps the
        tracks in step. Each track goes on by the old clock until it goes back itself. The time of a subtitle does not
        tell on which clock it is, as it may come minutes after the one before; it is taken to be on the clock that puts
        it nearer to the sounds and pictures around it. A packet whose time damage put further ahead than files can hold
        continues behind its own track.
        """
        index, base = packet.stream.index, packet.time_base
        shift = self._shifts.setdefault(index, self._shift)
        if packet.dts is not None:
            at, duration = packet.dts * base, (packet.duration or 0) * base
            is_text = packet.stream.type == "subtitle"
            longest = LONGEST_SILENCE if is_text else LONGEST_GAP
            if duration > longest:
                packet.duration, duration = 0, Fraction(0)
            if is_text:
                shift = min(shift, self._shift, key=lambda shift: abs(at + shift - self._latest))
            shift = self._shifts[index] = self._mended(index, at, shift, longest, is_text=is_text)
            self._last[index], self._ends[index] = at + shift, at + shift + duration
            if not is_text:
                self._latest = max(self._latest, self._ends[index])
            packet.dts += round(shift / base)
        if packet.pts is not None:
            packet.pts += round(shift / base)

    def _mended(self, index: int, at: Fraction, shift: Fraction, longest: int, *, is_text: bool) -> Fraction:
        """The shift of a packet at `at`, if that of its track was `shift` so far."""
        last = self._last.get(index)
        if last is not None and not is_text and at + shift < last - SET_BACK:
            if at + self._shift < last - SET_BACK:  # the first track to notice
                self._shift, self.jumped = self._latest - at, True
            return self._shift
        latest = self._latest if last is None else max(last, self._latest)
        if at + shift > latest + longest:
            self.jumped = True
            return self._ends.get(index, self._latest) - at
        return shift
