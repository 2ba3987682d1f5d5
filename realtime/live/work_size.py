"""Working sizes: a few that styles are warmed for at the start, and Pace, which chooses among them."""

from __future__ import annotations

import re
from typing import Final

from nstcam.realtime.frame import SMALLEST_SIDE, fitted_hw

SCALES: Final = (1.0, 0.8, 0.64, 0.5, 0.4)
"""Sides relative to the largest working size, which has index 0. Each step saves about a third of the work."""


def size_of(text: str) -> tuple[int, int] | None:
    """WIDTHxHEIGHT -> (width, height); None for any other text, or a size too small for styles."""
    match = re.fullmatch(r"(\d{2,5})[xX](\d{2,5})", text)
    size_wh = (int(match[1]), int(match[2])) if match else (0, 0)
    return size_wh if min(size_wh) >= SMALLEST_SIDE else None


def work_sizes(frame_hw: tuple[int, int], work_size: tuple[int, int]) -> list[tuple[int, int]]:
    """Working sizes (height, width) for frames of that size, the largest first.

    There is at least one; those after the first are large enough for styles.

    Args:
        work_size: (width, height) that the largest one fits into.
    """
    height, width = fitted_hw(frame_hw, work_size)
    sizes = [(round(height * scale), round(width * scale)) for scale in SCALES]
    return sizes[:1] + [size for size in sizes[1:] if min(size) >= SMALLEST_SIDE]


DEFAULT_FPS: Final = 30.0
"""The rate that is followed if no other is asked for."""


class Pace:
    """Holds a frame rate by changing the working size: down quickly, up slowly, and not back and forth."""

    def __init__(self, target_fps: float, *, patience: int = 12) -> None:
        """Follows `target_fps`.

        Args:
            patience: how many more frames must be too slow than in time before the size goes down. Before it goes up,
                four times as many in a row must leave room.
        """
        self.target_fps = target_fps
        self._budget_ms = 1000 / target_fps
        self._patience = patience
        self._slow = self._idle = 0
        self._settling = 0

    def record(self, ms: float, index: int, count: int) -> int:
        """The index of the working size for the next frame, after one that took `ms` at `index` of `count` sizes.

        `index` may be past the last, if it was chosen for larger frames, which have more sizes: the last was used then.
        """
        index = min(index, count - 1)
        if self._settling > 0:  # the first frames at a new size are slower than the rest
            self._settling -= 1
            return index
        larger_ms = ms * (SCALES[index - 1] / SCALES[index]) ** 2 if index > 0 else float("inf")
        self._slow = self._slow + 1 if ms > self._budget_ms else max(self._slow - 1, 0)
        self._idle = self._idle + 1 if larger_ms < 0.85 * self._budget_ms else 0
        if self._slow >= self._patience and index + 1 < count:
            return self._change(index + 1)
        if self._idle >= 4 * self._patience:
            return self._change(index - 1)
        return index

    def _change(self, index: int) -> int:
        self._slow = self._idle = 0
        self._settling = 3
        return index
