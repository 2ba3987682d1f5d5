"""Steadiness: a still picture stays still although the camera's noise does not, and what moves leaves no trail.

Each pixel of the output follows its painted value slowly where the input stands still, at once where it moves.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.frame import Frame

DEFAULT: Final = 0.7
"""Flicker on a still scene with noise of sigma 4 falls to about a quarter (tests/test_steady.py)."""

CELL: Final = 4
"""Motion is looked for in means over cells of that many pixels a side: noise averages out in them, edges do not."""
STILL: Final = 7.0
"""Mean difference in a cell, in levels, that noise does not reach."""
MOVING: Final = 16.0
"""From here on a cell moves for sure."""


class Steady:
    """Smooths over time. For the frames of one picture in order; `reset` when the picture is another one."""

    def __init__(self) -> None:
        self._seen: Frame | None = None
        self._shown: Frame | None = None

    def reset(self) -> None:
        self._seen = self._shown = None

    def smooth(self, source: Frame, painted: Frame, amount: float) -> Frame:
        """The frame to show.

        Args:
            source: the input that `painted` was made of, of the same size.
            amount: 0..1, how much of the past stays where nothing moves.
        """
        if amount <= 0:
            self.reset()
            return painted
        if self._seen is None or self._shown is None or self._seen.shape != source.shape:
            self._seen, self._shown = source, painted
            return painted
        follow = _follow(motion(source, self._seen), min(amount, 0.95), source.shape[1], source.shape[0])
        self._seen = cv2.blendLinear(source, self._seen, follow, 1 - follow).astype(np.uint8, copy=False)
        self._shown = cv2.blendLinear(painted, self._shown, follow, 1 - follow).astype(np.uint8, copy=False)
        return self._shown


def motion(source: Frame, before: Frame) -> NDArray[np.float32]:
    """Mean difference of brightness and colour in each cell of CELL x CELL pixels, in levels."""
    difference = cv2.cvtColor(cv2.absdiff(source, before), cv2.COLOR_BGR2GRAY)
    cells_wh = (max(source.shape[1] // CELL, 1), max(source.shape[0] // CELL, 1))
    cells: NDArray[np.float32] = cv2.resize(difference, cells_wh, interpolation=cv2.INTER_AREA).astype(np.float32)
    return cells


def _follow(cells: NDArray[np.float32], amount: float, width: int, height: int) -> NDArray[np.float32]:
    """How much of the new frame each pixel takes: 1 where it moves and beside it, 1 - amount where it is still."""
    moving = np.clip((cells - STILL) / (MOVING - STILL), 0, 1)
    moving = cv2.dilate(moving, np.ones((3, 3), np.uint8)).astype(np.float32, copy=False)  # brush strokes reach out
    follow = (1 - amount) + amount * moving
    return cv2.resize(follow, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32, copy=False)
