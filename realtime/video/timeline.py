"""Styles that follow each other in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Timeline(Generic[T_co]):
    """What is shown from when on: (seconds, what), the first from the beginning.

    Attributes:
        fade: seconds of cross-fade, which begins at the time of the entry.
    """

    entries: Sequence[tuple[float, T_co]]
    fade: float = 1.0

    def __post_init__(self) -> None:
        times = [seconds for seconds, _ in self.entries]
        if not times or any(later <= earlier for earlier, later in pairwise(times)):
            raise ValueError(f"times {times} must rise, and there must be one at least")

    def at(self, seconds: float) -> tuple[T_co, T_co, float]:
        """(old, new, weight of the new). Outside of fades both are the same and the weight is 1."""
        place = max(sum(start <= seconds for start, _ in self.entries) - 1, 0)
        start, new = self.entries[place]
        old = self.entries[max(place - 1, 0)][1]
        if place == 0 or seconds - start >= self.fade:
            return new, new, 1.0
        return old, new, (seconds - start) / self.fade
