"""A lane from host memory to host memory, in which ONNX Runtime does the copying."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np

from nstcam.realtime.engine.moved_grid import MovedGrid, on_grid
from nstcam.realtime.engine.ways import Bound, Lane, OpenSession, Taken, Way, keep_newest
from nstcam.realtime.frame import SMALLEST_SIDE, Frame
from nstcam.realtime.frame_pool import FramePool
from nstcam.realtime.stylizing import UNMOVED, Offset


class HostLane(Lane):
    """A lane from host memory to host memory; ONNX Runtime copies frames to the device and back, if there is one.

    Where no session has a fixed size, on the CPU above all, the grid of the network's cells moves with the canvas.

    Args:
        session: a session for frames of all sizes; None if the device does not support that.
        open_fixed: opens sessions of a fixed size; None if they are not faster.
        warm_hw: (height, width) of a frame that warms a session of any size.
    """

    slower = None

    def __init__(
        self,
        session: Any | None,
        open_fixed: OpenSession | None = None,
        warm_hw: tuple[int, int] = (SMALLEST_SIDE, SMALLEST_SIDE),
    ) -> None:
        self._warm_hw = warm_hw
        self._any_size, self._open_fixed = session and Bound.to(session), open_fixed
        self._fixed: OrderedDict[tuple[int, int], Bound] = OrderedDict()
        self._pool = FramePool()
        self._grid = MovedGrid() if self._any_size and self._any_size.has_canvas and open_fixed is None else None

    def stylize(self, frame: Frame, offset: Offset = UNMOVED) -> Frame:
        if self._grid and not on_grid(offset):
            return self._grid.paint(frame, offset, self._run)
        return self._run(frame, offset)

    def _run(self, frame: Frame, offset: Offset) -> Frame:
        height, width = frame.shape[:2]
        return self._bound(height, width).run(frame, self._pool.take(height, width), offset)

    def prepare(self, height: int, width: int) -> None:
        """Opens a session of that size where such are faster. A session of any size has nothing to choose for a size,
        so a small frame warms it: on a CPU a large one would take the cores from the picture that is being shown."""
        if self._open_fixed is None:
            height, width = self._warm_hw
        elif (height, width) not in self._fixed:
            self._add_fixed(height, width)
        self.stylize(np.zeros((height, width, 3), np.uint8))

    def taken(self, height: int, width: int) -> Taken:
        return self._bound(height, width).taken(Way.FIXED if (height, width) in self._fixed else Way.ANY_SIZE)

    def close(self) -> None:
        self._any_size = None
        self._fixed.clear()

    def _bound(self, height: int, width: int) -> Bound:
        if self._any_size is None and (height, width) not in self._fixed:
            self._add_fixed(height, width)
        bound = self._fixed.get((height, width)) or self._any_size
        assert bound is not None
        return bound

    def _add_fixed(self, height: int, width: int) -> None:
        if self._open_fixed is None:
            return
        keep_newest(self._fixed, (height, width), Bound.to(self._open_fixed((height, width))))
