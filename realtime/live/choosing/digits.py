"""Digits: numbers of two digits, typed as two keys."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

TOGETHER_SECONDS: Final = 0.5
"""Two digits within this time make one number."""


class Digits:
    """Puts digits together. The first one counts at once, so that no style has to wait for a second digit."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._first, self._typed = 0, float("-inf")

    def number(self, digit: int, count: int) -> int:
        """The number that is meant by a digit, 0..9: with the one typed just before if both make a number up to
        `count`, else the digit alone."""
        now = self._clock()
        both = 10 * self._first + digit
        if self._first and now - self._typed <= TOGETHER_SECONDS and both <= count:
            self._first = 0
            return both
        self._first, self._typed = digit, now
        return digit

    def forget(self) -> None:
        """Another key came, so the next digit stands alone."""
        self._first = 0
