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


def test_after_a_new_start_a_small_step_back_is_left_alone() -> None:
    """Steps back of up to half a second are the order of decoding, also where the clock has been shifted before."""
    again = [(0, 0, 1000), (0, 1000, 1000), (0, 0, 1000), (0, 600, 1000), (0, 1600, 100)]
    assert mended(again) == [(0, 0), (0, 1000), (0, 2000), (0, 2600), (0, 3600)]
    assert mended([(0, 0, 1000), (0, 500, 40), (0, 499, 40)]) == [(0, 0), (0, 500), (0, 499)]
    assert mended([(0, 0, 1000), (0, 499, 40)]) == [(0, 0), (0, 1000)]


def test_a_stream_that_notices_late_follows_the_first() -> None:
    """Its clock was set back as well: it takes the shift that the other stream found, not one of its own."""
    packets = [(0, 0, 5000), (1, 0, 4000), (0, 0, 1000), (1, 0, 1000)]
    assert mended(packets) == [(0, 0), (1, 0), (0, 5000), (1, 5000)]


def test_a_second_new_start_counts_from_the_latest_of_all_streams() -> None:
    packets = [(0, 0, 2000), (0, 0, 2000), (1, 0, 9000), (0, 0, 2000), (1, 0, 2000)]
    assert mended(packets) == [(0, 0), (0, 2000), (1, 2000), (0, 11000), (1, 11000)]


def one_packet(duration: int | None) -> Any:
    packet = SimpleNamespace(
        stream=SimpleNamespace(index=0), time_base=MILLISECONDS, dts=0, pts=None, duration=duration
    )
    clock = Clock()
    clock.mend(cast(Any, packet))
    following: Any = SimpleNamespace(
        stream=packet.stream, time_base=MILLISECONDS, dts=LONGEST_GAP + 1, pts=LONGEST_GAP + 1, duration=0
    )
    clock.mend(following)
    return packet, following.dts


def test_durations_may_be_missing_or_longer_than_files_hold() -> None:
    packet, following = one_packet(None)
    assert (packet.duration, packet.pts, following) == (None, None, 0)
    packet, following = one_packet(LONGEST_GAP)
    assert (packet.duration, following) == (LONGEST_GAP, LONGEST_GAP + 1)
    packet, following = one_packet(LONGEST_GAP + 1)
    assert (packet.duration, following) == (0, 0), "behind its start, for its end is not known"


def test_each_stream_takes_a_second_new_start_when_it_comes_to_it() -> None:
    first = [(0, 0, 1000), (1, 0, 1000), (1, 0, 1000), (0, 0, 1000), (0, 0, 1000)]
    seen = [(0, 0), (1, 0), (1, 1000), (0, 1000), (0, 2000)]
    assert mended([*first, (1, 0, 1000)]) == [*seen, (1, 2000)], "by the same as the other stream"
    assert mended([*first, (1, 1000, 1000)]) == [*seen, (1, 2000)], "it is still on its way through the clock before"
