"""Tests where the clock of a file begins, and how long its header says that it is."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from nstcam.realtime.video.reading.streams import header_seconds, origin


@pytest.mark.parametrize(
    ("name", "start", "expected"),
    [
        ("mpegts", -500_000, Fraction(-1, 2)),  # the clock wraps after half a second
        ("mpegts", 1_500_000, Fraction(3, 2)),
        ("mov,mp4,m4a,3gp,3g2,mj2", -21_333, Fraction(0)),  # samples of AAC before the first that is heard
        ("matroska,webm", 1_500_000, Fraction(3, 2)),
        ("h264", None, Fraction(0)),
    ],
)
def test_what_lies_below_zero_is_hidden_unless_the_clock_wraps(
    name: str, start: int | None, expected: Fraction
) -> None:
    container: Any = SimpleNamespace(start_time=start, format=SimpleNamespace(name=name))
    assert origin(container) == expected


@pytest.mark.parametrize(
    ("duration", "written", "whole", "tracks", "expected"),
    [
        (90, {}, 5_000_000, 1, Fraction(3)),
        (None, {"DURATION": "01:02:03.500000000"}, 5_000_000, 1, Fraction(7447, 2)),
        (0, {"DURATION": "unknown"}, 5_000_000, 1, Fraction(5)),
        (None, {}, 5_000_000, 2, None),  # the sound may be longer
        (None, {}, None, 1, None),
    ],
)
def test_the_header_tells_the_length_in_one_of_three_places(
    duration: int | None, written: dict[str, str], whole: int | None, tracks: int, expected: Fraction | None
) -> None:
    stream: Any = SimpleNamespace(duration=duration, time_base=Fraction(1, 30), metadata=written)
    container: Any = SimpleNamespace(streams=[stream] * tracks, duration=whole)
    assert header_seconds(container, stream) == expected
