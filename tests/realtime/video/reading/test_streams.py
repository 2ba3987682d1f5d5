"""Tests where the clock of a file begins."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from nstcam.realtime.video.reading.streams import origin


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
