"""Pace: chooses the painting's size so that a frame rate holds. The size of the output does not change."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from statistics import median
from typing import Final, NamedTuple

STEPS: Final = 5
"""Painting sizes to choose among: that of the stroke scale asked for, and smaller ones. Styles are warmed for all."""
FASTEST_DEFAULT: Final = 30.0
"""Frames per second: on a CPU, the camera's rate is followed up to this one if no other is asked for."""
_SETTLING: Final = 2
"""The first frames at a new size are slower than the rest and are not measured."""
_FIRST: Final = 3
"""Frames measured before the first choice."""
_HASTY: Final = 2
"""How many times in a row the size may go down after only _FIRST frames: at the start, and once more if the first
choice was not enough."""
_ROOM: Final = 0.9
"""Share of the time between two frames that a new size may be expected to take."""


class Took(NamedTuple):
    """The time that a frame took, in milliseconds."""

    painting: float
    """The part that grows with the painting's size."""
    rest: float = 0.0
    """The part that is the same for all sizes: scaling, enlarging, steadiness."""


class Pace:
    """Holds a frame rate by changing the painting's size: down quickly, up slowly, and not back and forth."""

    def __init__(self, *, patience: int = 12) -> None:
        """`patience` is how many more frames must be too slow than in time before the size goes down. Before it goes
        up, four times as many in a row must leave room. The first choice needs only a few frames."""
        self._patience = patience
        self._what: object = None
        self._times: deque[Took] = deque(maxlen=patience)
        self._slow = self._idle = 0
        self._hasty, self._settling = _HASTY, _SETTLING

    def record(self, took: Took, fps: float, index: int, pixels: Sequence[int], what: object = None) -> int:
        """The index of the painting's size for the next frame.

        Args:
            took: what this frame took.
            fps: the rate to hold.
            index: of the size of this frame. It may be past the last, if it was chosen for larger frames, which have
                more sizes: the last was used then.
            pixels: of each size, the largest first.
            what: anything that identifies the style and the sizes; when it changes, measuring starts anew.
        """
        index = min(index, len(pixels) - 1)
        if what != self._what:
            self._what = what
            self._begin()
        if self._settling > 0:
            self._settling -= 1
            return index
        self._times.append(took)
        budget = 1000 / fps
        larger = self._expected(took, pixels, index, index - 1) if index > 0 else float("inf")
        self._slow = self._slow + 1 if sum(took) > budget else max(self._slow - 1, 0)
        self._idle = self._idle + 1 if larger < _ROOM * budget else 0
        too_slow = self._slow >= self._patience
        if self._hasty and len(self._times) == _FIRST:
            self._hasty -= 1
            too_slow = sum(self._usual()) > budget
            if not too_slow:
                self._hasty = 0
        if not too_slow and self._idle < 4 * self._patience:
            return index
        candidates = range(index + 1, len(pixels)) if too_slow else range(index)
        usual = self._usual()
        fitting = (size for size in candidates if self._expected(usual, pixels, index, size) < _ROOM * budget)
        chosen = next(fitting, candidates[-1] if candidates else index)
        self._slow = self._idle = 0
        if chosen != index:
            self._times.clear()
            self._settling = _SETTLING
        return chosen

    def _begin(self) -> None:
        self._times.clear()
        self._slow = self._idle = 0
        self._hasty, self._settling = _HASTY, _SETTLING

    def _usual(self) -> Took:
        return Took(median(took.painting for took in self._times), median(took.rest for took in self._times))

    @staticmethod
    def _expected(took: Took, pixels: Sequence[int], index: int, other: int) -> float:
        return took.rest + took.painting * pixels[other] / pixels[index]
