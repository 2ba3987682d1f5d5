"""Lobby: how many visitors are painted at the same time, and who is next."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")

IDLE_SECONDS: Final = 30.0
"""A visitor who sends nothing for this long goes to the end of those who wait, if any do."""


class Lobby(Generic[T]):
    """The first `most` visitors are inside, the others wait in the order in which they came."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._all: list[T] = []
        self._heard: dict[T, float] = {}

    @property
    def count(self) -> int:
        """All visitors, inside or waiting."""
        return len(self._all)

    @property
    def all(self) -> list[T]:
        """All visitors: those inside, then those who wait."""
        return list(self._all)

    def enter(self, visitor: T) -> None:
        self._all.append(visitor)
        self._heard[visitor] = self._clock()

    def leave(self, visitor: T) -> None:
        self._all.remove(visitor)
        del self._heard[visitor]

    def heard(self, visitor: T) -> None:
        """The visitor has sent a frame."""
        self._heard[visitor] = self._clock()

    def place(self, visitor: T) -> int:
        """0 inside, 1 for the first of those who wait, and so on."""
        return max(self._all.index(visitor) + 1 - self._most, 0)

    def sweep(self) -> bool:
        """Sends those who are inside and idle to the end, if somebody waits; whether any place has changed."""
        now, changed = self._clock(), False
        for visitor in self._all[self._most :]:
            self._heard[visitor] = now  # who waits cannot send
        for visitor in self._all[: self._most]:
            if len(self._all) > self._most and now - self._heard[visitor] > IDLE_SECONDS:
                self._all.remove(visitor)
                self._all.append(visitor)
                changed = True
        return changed
