"""How fast a video file is, and the ticks that hold its times."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final

from av.video.stream import VideoStream

DEFAULT_RATE: Final = Fraction(25)
MILLISECONDS: Final = Fraction(1, 1000)


def mean_rate(stream: VideoStream, *, raw: bool) -> Fraction:
    """Frames a second. As a mean, libavformat gives 25 for raw streams, and for raw DV its ticks a second."""
    mean, guessed = stream.average_rate, stream.guessed_rate
    if raw or (mean and stream.time_base and mean * stream.time_base == 1):
        mean, guessed = guessed, mean
    return mean or guessed or DEFAULT_RATE


def fine_base(stored: Fraction, rate: Fraction) -> Fraction:
    """A time base that holds the stored times and, beside milliseconds, the exact times of the rate."""
    if stored != MILLISECONDS or rate.numerator > 120_000:
        return stored
    return Fraction(1, math.lcm(stored.denominator, rate.numerator))
