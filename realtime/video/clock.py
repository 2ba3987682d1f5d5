"""Times of packets where the clock of a file jumps."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from av.packet import Packet
from av.stream import Stream

SET_BACK: Final = Fraction(1, 2)
"""Seconds by which a clock that goes back was set anew, as where recordings were put end to end."""

LONGEST_GAP: Final = 1 << 30
"""Ticks; 3 hours at 90 kHz. MP4 holds less than twice that between two frames or packets, and loses those after it."""


class Clock:
    """For the packets of several streams in the order of the file."""

    def __init__(self) -> None:
        self._latest = self._shift = Fraction(0)
        self._shifts: dict[int, Fraction] = {}
        self._ends: dict[int, Fraction] = {}

    def mend(self, packet: Packet[Stream]) -> None:
        """Shifts the times of a packet that has some.

        Where the clock was set back, packets go on without a gap behind the latest of all streams, so that these stay
        together; a packet that damage sent further ahead than files can hold goes on behind its own stream.
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
