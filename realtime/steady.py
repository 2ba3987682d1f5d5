"""Steadiness: a still picture stays still although the camera's noise does not, and what moves leaves no trail.

Each pixel of the output follows its painted value slowly where the input stands still, at once where it moves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.frame import Frame
from realtime.frame_pool import FramePool

DEFAULT: Final = 0.7
"""Flicker on a still scene with noise of sigma 4 falls to about a quarter (tests/test_steady.py)."""

CELL: Final = 4
"""Motion is looked for in means over cells of that many pixels a side: noise averages out in them, edges do not."""
STILL: Final = 7.0
"""Mean difference in a cell, in levels, that noise does not reach."""
MOVING: Final = 16.0
"""From here on a cell moves for sure."""


_BAND: Final = 8
"""Rows of cells that are looked at together for what moves in them."""

Cells = NDArray[np.float32]
Part = tuple[slice, slice]
"""Rows and columns of a frame."""


class Steady:
    """Smooths over time. For the frames of one picture in order; `reset` when the picture is another one."""

    def __init__(self) -> None:
        self._seen: Frame | None = None
        self._shown: Frame | None = None
        self._pool = FramePool()
        self._maps: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None

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
        keep = min(amount, 0.95)
        grey = self._take(source).ravel()[: source.shape[0] * source.shape[1]].reshape(source.shape[:2])
        moving = _moving(motion(source, self._seen, self._take(source), grey))
        # Most of a picture stands still, with the same weights everywhere: that is several times quicker than weights
        # of their own for each pixel.
        seen = cv2.addWeighted(source, 1 - keep, self._seen, keep, 0, dst=self._take(source))
        shown = cv2.addWeighted(painted, 1 - keep, self._shown, keep, 0, dst=self._take(source))
        if moving.any():
            height, width = source.shape[:2]
            follow, rest = self._weights(1 - keep + keep * moving, height, width)
            for part in _parts(moving, height, width):
                for new, old, out in ((source, self._seen, seen), (painted, self._shown, shown)):
                    cv2.blendLinear(new[part], old[part], follow[part], rest[part], dst=out[part])
        self._seen = seen.astype(np.uint8, copy=False)
        self._shown = shown.astype(np.uint8, copy=False)
        return self._shown

    def _take(self, like: Frame) -> Frame:
        return self._pool.take(like.shape[0], like.shape[1])

    def _weights(self, follow: Cells, height: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(height, width) of the new frame and of the old, which add up to 1; good until the next call."""
        if self._maps is None or self._maps[0].shape != (height, width):
            self._maps = np.empty((height, width), np.float32), np.empty((height, width), np.float32)
        cv2.resize(follow, (width, height), dst=self._maps[0], interpolation=cv2.INTER_LINEAR)
        np.subtract(1, self._maps[0], out=self._maps[1])
        return self._maps


def motion(
    source: Frame, before: Frame, difference: Frame | None = None, grey: NDArray[np.uint8] | None = None
) -> Cells:
    """Mean difference of brightness and colour in each cell of CELL x CELL pixels, in levels.

    Args:
        difference, grey: a frame of the same size and a (height, width) to work in, where there are some to spare.
    """
    brightness = cv2.cvtColor(cv2.absdiff(source, before, dst=difference), cv2.COLOR_BGR2GRAY, dst=grey)
    cells_wh = (max(source.shape[1] // CELL, 1), max(source.shape[0] // CELL, 1))
    cells: Cells = cv2.resize(brightness, cells_wh, interpolation=cv2.INTER_AREA).astype(np.float32)
    return cells


def _moving(cells: Cells) -> Cells:
    """From 0, still, to 1 where it moves and beside it."""
    moving = np.clip((cells - STILL) / (MOVING - STILL), 0, 1)
    return cv2.dilate(moving, np.ones((3, 3), np.uint8)).astype(np.float32, copy=False)  # brush strokes reach out


def _parts(moving: Cells, height: int, width: int) -> Iterator[Part]:
    """What holds all that moves, in bands of rows, each as wide as need be; they do not overlap."""
    rows, columns = moving.shape
    reached = cv2.dilate((moving > 0).astype(np.uint8), np.ones((3, 3), np.uint8))  # by the weights between cells
    for top in range(0, rows, _BAND):
        found = np.flatnonzero(reached[top : top + _BAND].any(axis=0))
        if found.size:
            bottom = min(top + _BAND, rows)
            left, right = found[0] * width // columns, -(-(found[-1] + 1) * width // columns)
            yield slice(top * height // rows, bottom * height // rows), slice(left, right)
