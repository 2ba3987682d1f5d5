"""Steady: keeps still parts of the picture still in spite of the camera's noise, without trails behind what moves.

Each output pixel follows its painted value slowly where the input is still, and at once where it moves.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.effects.strips import in_strips
from nstcam.realtime.frame import Frame
from nstcam.realtime.frame_pool import FramePool
from nstcam.realtime.stylizing import UNMOVED, Offset

DEFAULT: Final = 0.8
"""Flicker falls to a sixth with sensor noise, but only to two thirds in a small compressed clip: see
benchmarks/quality/steady.py and docs/research/live.md."""

LONGEST: Final = 0.95
"""The most of the past that stays from one frame to the next; with more, slow changes would never arrive."""

CELL: Final = 4
"""Pixels. Motion is detected in means over cells of this side: noise averages out in them, edges do not."""
STILL: Final = 5.0
"""Levels. A cell whose mean changes by less is still. Sensor noise of sigma 4 leaves a sigma of 1 in the means."""
MOVING: Final = 10.0
"""Levels. A cell whose mean changes by more is moving; in between, partly."""
GUARD: Final = 11
"""Side in cells of the square around a moving thing that counts as moving. What styles paint around things reaches tens
of pixels: with a square of 3, moving things left echoes on smooth walls."""
ALONE: Final = 0.2
"""Share of the 3x3 cells around a cell that may be moving without there being a thing that moves: a codec changes its
mind about single cells. From twice this share on, it is one."""
SOFT: Final = 5
"""Side in cells of the blur of the border between moving and still."""
_UNSEEN: Final = 1e4
"""Level of a cell that was not in the picture, far from all real ones."""

Number = TypeVar("Number", bound=np.generic)


class _Past(NamedTuple):
    """What is kept of the frames before."""

    seen: NDArray[np.float32]
    """Cell means of the input, smoothed like the output."""
    shown: Frame
    """The last smoothed frame."""


class Steady:
    """Smooths the frames of one picture over time, in order; call `reset` when another picture begins."""

    def __init__(self) -> None:
        self._blender = _Blender()
        self._past: _Past | None = None
        self._offset = UNMOVED

    @property
    def shown(self) -> Frame | None:
        """The last smoothed frame; None if there is none."""
        return None if self._past is None else self._past.shown

    def reset(self) -> None:
        """Forgets the past."""
        self._past = None

    def smooth(self, source: Frame, painted: Frame, amount: float, canvas_offset: Offset = UNMOVED) -> Frame:
        """The frame to show.

        Args:
            source: the frame that the painting was made from, as it was given to the style.
            painted: the painting, of that size or enlarged.
            amount: 0..1, how much of the past stays where nothing moves.
            canvas_offset: the offset that `source` was painted with. Past frames are shifted with it; otherwise
                strokes on a plain wall would smear.
        """
        if amount <= 0:
            self.reset()
            return painted
        cells = cell_means(source)
        if self._past is not None and [past.shape for past in self._past] != [cells.shape, painted.shape]:
            self.reset()
        self._carry(canvas_offset, painted.shape[0] / source.shape[0], painted.shape[1] / source.shape[1])
        if self._past is None:
            self._past = _Past(cells, painted)
            return painted
        seen, shown = self._past
        follow = _follow(cells, seen, min(amount, LONGEST))
        seen = cv2.blendLinear(cells, seen, follow, 1 - follow).astype(np.float32, copy=False)
        self._past = _Past(seen, self._blender.blend(shown, painted, follow))
        return self._past.shown

    def _carry(self, offset: Offset, taller: float, wider: float) -> None:
        """Shifts the past as far as the canvas. What comes into view has no past and counts as moving.

        Args:
            taller, wider: pixels of the painting per pixel of the source.
        """
        before, self._offset = self._offset, offset
        rows = round(taller * offset.rows) - round(taller * before.rows)
        columns = round(wider * offset.columns) - round(wider * before.columns)
        if self._past is None or not (rows or columns):
            return
        seen, shown = self._past
        if abs(rows) >= shown.shape[0] or abs(columns) >= shown.shape[1]:
            self.reset()
            return
        down, right = (round(new / CELL) - round(old / CELL) for new, old in zip(offset, before, strict=True))
        seen = shifted(seen, down, right, _UNSEEN)
        for axis, amount in enumerate(new - old for new, old in zip(offset, before, strict=True)):
            if amount:  # cells that are partly new in view
                edge = slice(0, -(-amount // CELL)) if amount > 0 else slice(amount // CELL, None)
                seen.swapaxes(0, axis)[edge] = _UNSEEN
        self._past = _Past(seen, shifted(shown, rows, columns, 0))


def shifted(values: NDArray[Number], rows: int, columns: int, otherwise: float) -> NDArray[Number]:
    """A copy of (H, W, C) `values` moved down and to the right; what comes into view is `otherwise`."""
    height, width = values.shape[:2]
    out = np.full_like(values, otherwise)
    out[max(rows, 0) : height + min(rows, 0), max(columns, 0) : width + min(columns, 0)] = values[
        max(-rows, 0) : height - max(rows, 0), max(-columns, 0) : width - max(columns, 0)
    ]
    return out


def cell_means(frame: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The mean of each cell of CELL x CELL pixels: (rows, columns, 3) for BGR, (rows, columns) for grey pictures."""
    cells_wh = max(frame.shape[1] // CELL, 1), max(frame.shape[0] // CELL, 1)
    return cv2.resize(frame, cells_wh, interpolation=cv2.INTER_AREA).astype(np.float32)


def moved(cells: NDArray[np.float32], seen: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much each cell has moved: from 0 where no colour has changed by more than STILL to 1 from MOVING on.

    Args:
        cells, seen: (rows, columns, 3), means of levels now and before.
    """
    blue, green, red = cv2.split(cv2.absdiff(cells, seen))
    change = cv2.max(cv2.max(blue, green), red)
    moving: NDArray[np.float32] = np.clip((change - STILL) / (MOVING - STILL), 0, 1)
    return moving


def _follow(cells: NDArray[np.float32], seen: NDArray[np.float32], amount: float) -> NDArray[np.float32]:
    """How much of the new frame each cell takes: 1 where it or one near it moves, 1 - amount where it is still."""
    moving = moved(cells, seen)
    near = cv2.dilate(moving, np.ones((3, 3), np.uint8))  # brush strokes reach out
    moving[seen[..., 0] >= _UNSEEN] = 0  # what comes into view is not a thing that moves
    things = np.clip((cv2.blur(moving, (3, 3)) - ALONE) / ALONE, 0, 1)
    far = cv2.blur(cv2.dilate(things, np.ones((GUARD, GUARD), np.uint8)), (SOFT, SOFT))
    follow: NDArray[np.float32] = (1 - amount + amount * cv2.max(near, far)).astype(np.float32, copy=False)
    return follow


class _Blender:
    """Blends two frames in 8-bit arithmetic, which is faster than cv2.blendLinear.

    Frames come from a pool, because new memory from the system costs more than the arithmetic.
    """

    def __init__(self) -> None:
        self._pool = FramePool()

    def blend(self, before: Frame, after: Frame, follow: NDArray[np.float32]) -> Frame:
        """`before` where `follow` is 0, `after` where it is 1. Steps that round to zero are not taken."""
        height, width = after.shape[:2]
        levels = np.round(255 * follow).astype(np.uint8)
        share = cv2.resize(levels, (width, height), interpolation=cv2.INTER_LINEAR)
        out = self._pool.take(height, width)

        def work(rows: slice) -> None:
            old, new = before[rows], after[rows]
            shares = cv2.merge([share[rows]] * 3)
            step = cv2.subtract(new, old)  # saturates at 0; the second half handles the other sign
            cv2.multiply(step, shares, step, scale=1 / 255)
            cv2.add(old, step, out[rows])
            cv2.subtract(old, new, step)
            cv2.multiply(step, shares, step, scale=1 / 255)
            cv2.subtract(out[rows], step, out[rows])

        in_strips(height, work)
        return out
