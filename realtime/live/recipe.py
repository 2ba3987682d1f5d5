"""Recipes: how much of which style a picture is made of, and fading from one recipe to another. Plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Recipe = tuple[tuple[int, float], ...]
"""(index of a style, its weight) of what makes up a picture; weights add up to 1; empty for the original."""


def weighted(weights: Mapping[int, float]) -> Recipe:
    """The recipe without what does not show."""
    return tuple((index, weight) for index, weight in weights.items() if weight > 1e-6)


class Fade:
    """From what was shown to what is to be shown, linear in time."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds, self._clock = seconds, clock
        self._from: Recipe = ()
        self._began = float("-inf")

    def begin(self, shown: Recipe) -> None:
        """Starts now, from `shown`."""
        self._from, self._began = shown, self._clock()

    def towards(self, target: Recipe) -> Recipe:
        """The recipe of this moment."""
        done = (self._clock() - self._began) / self._seconds if self._seconds > 0 else 1.0
        if done >= 1:
            return target
        weights = {index: weight * (1 - done) for index, weight in self._from}
        for index, weight in target:
            weights[index] = weights.get(index, 0.0) + weight * done
        return weighted(weights)
