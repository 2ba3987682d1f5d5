"""What the picture is made of: one style, two of them mixed, or a fade between mixtures.

Indices and plain values only; gallery.py acts on them.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field

Recipe = tuple[tuple[int, float], ...]
"""The styles that a picture is mixed from, as (index, weight); weights add up to 1. Empty for the original."""


def weighted(weights: Mapping[int, float]) -> Recipe:
    """The recipe of these weights by style, without those too small to be seen."""
    return tuple((index, weight) for index, weight in weights.items() if weight > 1e-6)


@dataclass
class Choice:
    """Which style is shown, which is wanted, which is mixed in, and which could not be opened."""

    count: int
    """Number of styles, at least one."""
    current: int
    """Index of the style that is shown."""
    wanted: int
    """Index of the style that is to be shown as soon as it is ready."""
    mix: float | None = None
    """The share of another style in a mixture, 0..1; None if no style is mixed in."""
    mixed_in: int | None = None
    """Index of that style; None for the next one."""
    bypass: bool = False
    """Whether the original is shown."""
    also: int | None = None
    """Index of a style that is to be open besides those, for the background of people."""
    all_wanted: bool = False
    """Whether all styles are to be opened."""
    spare: int = 0
    """How many styles in total may be opened although nobody asked for them."""
    failed: set[int] = field(default_factory=set)
    """Styles that could not be opened."""

    def neighbour(self, index: int, by: int) -> int:
        """The next (1) or previous (-1) style, in a circle; styles that failed are skipped."""
        for _ in range(self.count):
            index = (index + by) % self.count
            if index not in self.failed:
                break
        return index

    def partner(self) -> int | None:
        """The style that is mixed in, or would be: the one asked for, otherwise the next; None if there is no other."""
        if self.mixed_in not in (None, self.current, *self.failed):
            return self.mixed_in
        index = self.neighbour(self.current, 1)
        return index if index != self.current else None

    def select(self, index: int) -> None:
        """Wants that style, even if it failed before; ends bypass."""
        self.bypass = False
        self.wanted = index
        self.failed.discard(index)

    def blend(self, index: int | None, share: float | None) -> None:
        """Mixes in that style, or the next one for None; without a share, ends the mixture."""
        self.bypass = False
        self.mix, self.mixed_in = share, index
        if index is not None:
            self.failed.discard(index)

    def fail(self, index: int) -> None:
        """Notes that the style could not be opened; the one that is shown stays."""
        self.failed.add(index)
        if self.wanted == index:
            self.wanted = self.current

    def show_wanted(self, opened: Container[int]) -> None:
        """Shows the wanted style if it is open."""
        if self.wanted in opened:
            self.current = self.wanted

    def wishes(self) -> list[int]:
        """The styles that should be open, the most urgent first."""
        partner = self.partner() if self.mix is not None else None
        wishes = [self.wanted] if partner is None else [self.wanted, partner]
        wishes += [] if self.also is None else [self.also]
        return wishes + (list(range(self.count)) if self.all_wanted else [])

    def at_idle(self, opened: Container[int]) -> int | None:
        """The style to open while nothing else is to be done: the nearest to the current one in the list that is
        neither open nor failed; None if there is none, or as many are open as may be."""
        nearest = sorted(range(self.count), key=lambda index: self._distance(index))
        if sum(index in opened for index in nearest) >= self.spare:
            return None
        return next((index for index in nearest if index not in opened and index not in self.failed), None)

    def _distance(self, index: int) -> int:
        """Steps from the current style, forwards or backwards in the circle."""
        forwards = (index - self.current) % self.count
        return min(forwards, self.count - forwards)

    def target(self, opened: Container[int]) -> Recipe:
        """The recipe at the end of a fade, made of styles that are open."""
        partner = self.partner() if self.mix is not None else None
        if self.mix is None or partner is None or partner not in opened:
            return ((self.current, 1.0),)
        return weighted({self.current: 1 - self.mix, partner: self.mix})


class Fade:
    """A cross-fade from what was shown to what is to be shown, linear in time."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds, self._clock = seconds, clock
        self._from: Recipe = ()
        self._began = float("-inf")

    def begin(self, shown: Recipe) -> None:
        """Starts the fade now, from recipe `shown`."""
        self._from, self._began = shown, self._clock()

    def towards(self, target: Recipe) -> Recipe:
        """The recipe for this moment, on the way to `target`."""
        done = (self._clock() - self._began) / self._seconds if self._seconds > 0 else 1.0
        if done >= 1:
            return target
        weights = {index: weight * (1 - done) for index, weight in self._from}
        for index, weight in target:
            weights[index] = weights.get(index, 0.0) + weight * done
        return weighted(weights)
