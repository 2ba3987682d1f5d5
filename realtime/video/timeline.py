"""Timeline: which style is shown at what time, with cross-fades between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, Protocol, TypeVar

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Timeline(Generic[T_co]):
    """A sequence of things to show, usually styles.

    Attributes:
        entries: (seconds, what), the seconds strictly rising; the first entry is shown from the beginning.
        fade: seconds of the cross-fade to an entry, which begins at the entry's time.

    Raises:
        ValueError: there are no entries, or their times do not rise.
    """

    entries: Sequence[tuple[float, T_co]]
    fade: float = 1.0

    def __post_init__(self) -> None:
        times = [seconds for seconds, _ in self.entries]
        if not times or any(later <= earlier for earlier, later in pairwise(times)):
            raise ValueError(f"there must be at least one time, and the times {times} must increase")

    def at(self, seconds: float) -> tuple[T_co, T_co, float]:
        """(old, new, weight of the new, 0..1). Outside cross-fades old and new are the same and the weight is 1."""
        place = max(sum(start <= seconds for start, _ in self.entries) - 1, 0)
        start, new = self.entries[place]
        if place == 0 or seconds - start >= self.fade:
            return new, new, 1.0
        return self.entries[place - 1][1], new, (seconds - start) / self.fade


class Identified(Protocol):
    @property
    def identity(self) -> str: ...


def identity_of(timeline: Timeline[Identified]) -> str:
    """Names the styles and their contents: an interrupted run must not continue with a style trained anew."""
    parts = [f"{at:g}:{stylizer.identity}" for at, stylizer in timeline.entries]
    return ", ".join(parts) + (f", fade {timeline.fade:g}" if len(parts) > 1 else "")
