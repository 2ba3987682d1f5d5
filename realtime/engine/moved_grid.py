"""Moves the grid of a network's cells along with its canvas, so that a painting goes with the scene by any whole pixel.

Networks see a frame in cells of 4x4 pixels. If the scene moves by 2 pixels, each cell sees other pixels than before,
and strokes change although the canvas moves along. So the frame gets a border that puts the same pixels into the same
cells again; what is painted there is cut off.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from nstcam.realtime.frame import Frame
from nstcam.realtime.frame_pool import FramePool
from nstcam.realtime.style_files.contract import GRID
from nstcam.realtime.stylizing import Offset

Paint = Callable[[Frame, Offset], Frame]
"""Paints a frame on the canvas at an offset; the result has the frame's size."""


def on_grid(offset: Offset) -> bool:
    """Whether the grid lies at that offset as it does unmoved."""
    return not (offset.rows % GRID or offset.columns % GRID)


class MovedGrid:
    """Paints frames with the grid at the canvas's offset, in one thread at a time."""

    def __init__(self) -> None:
        self._pool = FramePool()

    def paint(self, frame: Frame, offset: Offset, paint: Paint) -> Frame:
        """The frame as painted with the grid at the offset.

        Args:
            paint: gets a frame of GRID more pixels per side, mirrored about its edges, and an offset on the grid. All
                offsets make frames of one size, so that memory is laid out once.
        """
        height, width = frame.shape[:2]
        top, left = -offset.rows % GRID, -offset.columns % GRID
        wide = self._pool.take(height + GRID, width + GRID)
        cv2.copyMakeBorder(frame, top, GRID - top, left, GRID - left, cv2.BORDER_REFLECT_101, dst=wide)
        painted = paint(wide, Offset(offset.rows + top, offset.columns + left))
        out = self._pool.take(height, width)
        np.copyto(out, painted[top : top + height, left : left + width])
        return out
