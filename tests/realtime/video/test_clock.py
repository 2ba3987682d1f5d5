"""Times that jump."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import Any, cast

from nstcam.realtime.video.clock import LONGEST_GAP, Clock

MILLISECONDS = Fraction(1, 1000)


def mended(packets: list[tuple[int, int, int]]) -> list[tuple[int, int]]:
    """(stream, time, duration) in, (stream, time) out, in milliseconds."""
    clock, out = Clock(), []
    for stream, at, duration in packets:
        packet: Any = SimpleNamespace(
            stream=SimpleNamespace(index=stream), time_base=MILLISECONDS, dts=at, pts=at + 1, duration=duration
        )
        clock.mend(cast(Any, packet))
        assert packet.pts == packet.dts + 1
        out.append((stream, packet.dts))
    return out


def test_ordinary_times_are_left_alone() -> None:
    packets = [(0, 0, 40), (1, 0, 21), (1, 21, 21), (0, 40, 40), (2, 5000, 900), (0, 30, 40)]
    assert mended(packets) == [(stream, at) for stream, at, _ in packets]


def test_a_clock_that_begins_anew_goes_on_for_all_streams_by_the_same() -> None:
    first = [(0, 0, 1000), (1, 0, 1000), (0, 1000, 1000), (1, 1000, 1050)]
    again = [(0, 10, 1000), (1, 0, 1000), (0, 1010, 1000), (1, 1000, 1050)]
    assert mended(first + again)[4:] == [(0, 2050), (1, 2040), (0, 3050), (1, 3040)]
    assert mended(first + again + first)[8] == (0, 2040 + 2050)  # and once more


def test_times_that_no_file_holds_are_put_behind_the_last() -> None:
    far = LONGEST_GAP * 3
    assert mended([(0, 0, 40), (0, far, 40), (0, far + 40, 40), (1, 7, 5)]) == [(0, 0), (0, 40), (0, 80), (1, 7)]


def test_packets_without_times_are_left_alone() -> None:
    packet: Any = SimpleNamespace(stream=SimpleNamespace(index=0), time_base=MILLISECONDS, dts=None, pts=None)
    Clock().mend(packet)
    assert packet.pts is None
