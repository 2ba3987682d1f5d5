"""What files say of their rate, and the ticks that hold their times."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from nstcam.realtime.video.rates import DEFAULT_RATE, MILLISECONDS, fine_base, mean_rate

NTSC = Fraction(30000, 1001)


def stream(mean: Fraction | None, guessed: Fraction | None, base: Fraction | None = Fraction(1, 90000)) -> Any:
    return SimpleNamespace(average_rate=mean, guessed_rate=guessed, time_base=base)


@pytest.mark.parametrize(
    ("mean", "guessed", "base", "raw", "rate"),
    [
        (Fraction(25), NTSC, Fraction(1, 90000), False, 25),
        (Fraction(25), NTSC, Fraction(1, 90000), True, NTSC),  # 25 is what libavformat says of raw streams
        (Fraction(25), None, Fraction(1, 90000), True, 25),
        (None, NTSC, None, False, NTSC),
        (None, None, None, False, DEFAULT_RATE),
        (None, None, Fraction(1, 25), True, DEFAULT_RATE),
        (Fraction(90000), NTSC, Fraction(1, 90000), False, NTSC),  # ticks a second, as of raw DV
        (Fraction(90000), NTSC, None, False, 90000),
    ],
)
def test_the_rate_is_the_mean_where_that_can_be_believed(
    mean: Fraction | None, guessed: Fraction | None, base: Fraction | None, raw: bool, rate: Fraction
) -> None:
    assert mean_rate(stream(mean, guessed, base), raw=raw) == rate


@pytest.mark.parametrize(
    ("stored", "rate", "base"),
    [
        (Fraction(1, 90000), NTSC, Fraction(1, 90000)),
        (MILLISECONDS, NTSC, Fraction(1, 30000)),
        (MILLISECONDS, Fraction(24), Fraction(1, 3000)),
        (MILLISECONDS, Fraction(120_000), Fraction(1, 120_000)),
        (MILLISECONDS, Fraction(120_001), MILLISECONDS),
    ],
)
def test_milliseconds_are_made_finer_for_the_rate(stored: Fraction, rate: Fraction, base: Fraction) -> None:
    assert fine_base(stored, rate) == base
