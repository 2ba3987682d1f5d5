"""Working sizes: a few that are warmed at the start, and the pace that chooses among them."""

from __future__ import annotations

import re
from typing import Final

from nstcam.realtime.frame import SMALLEST_SIDE, fitted_hw

SCALES: Final = (1.0, 0.8, 0.64, 0.5, 0.4)
"""Of the largest working size; index 0 is the largest. Each step saves about a third of the work."""


def size_of(text: str) -> tuple[int, int] | None:
    """WIDTHxHEIGHT -> (width, height); None for what is no size that styles can work at."""
    match = re.fullmatch(r"(\d{2,5})[xX](\d{2,5})", text)
    size_wh = (int(match[1]), int(match[2])) if match else (0, 0)
    return size_wh if min(size_wh) >= SMALLEST_SIDE else None


def work_sizes(frame_hw: tuple[int, int], work_size: tuple[int, int]) -> list[tuple[int, int]]:
    """Working sizes (height, width) for frames of that size, the largest first; at least one, the others not too small
    for styles."""
    height, width = fitted_hw(frame_hw, work_size)
    sizes = [(round(height * scale), round(width * scale)) for scale in SCALES]
    return sizes[:1] + [size for size in sizes[1:] if min(size) >= SMALLEST_SIDE]


DEFAULT_FPS: Final = 30.0


class Pace:
    """Holds a rate of frames by the working size: quickly smaller, slowly larger, and not back and forth."""

    def __init__(self, target_fps: float, *, patience: int = 12) -> None:
        """`patience` is how many frames in a row have to be too slow; four times as many have to leave room."""
        self.target_fps = target_fps
        self._budget_ms = 1000 / target_fps
        self._patience = patience
        self._slow = self._idle = 0
        self._settling = 0

    def record(self, ms: float, index: int, count: int) -> int:
        """The index of the working size to go on with, after a frame that took `ms` at `index` of `count`.

        `index` may be past the last, from a camera with larger frames, which have more sizes: the last was used.
        """
        index = min(index, count - 1)
        if self._settling > 0:  # the first frames at a new size are not typical
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
