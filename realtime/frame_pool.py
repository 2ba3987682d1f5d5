"""FramePool: reuses the memory of a frame as soon as nobody refers to the frame any more."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from nstcam.realtime.frame import Frame

Memory = bytearray | memoryview

SPARE: Final = 4
"""Free blocks kept per frame size; more are left over from a burst and are released."""
SIZES: Final = 8
"""Frame sizes for which blocks are kept: five of paintings, those of camera and grid, and one more."""


@dataclass
class _Block:
    memory: Memory
    lent: Callable[[], Frame | None] = field(default=lambda: None)
    """Returns the frame while anybody refers to it or to a slice of it, else None."""


class FramePool:
    """Lends frames, to one thread at a time.

    A frame may be kept, passed on and sliced at will: its memory is reused only when the last reference is gone. Nobody
    has to return frames, and a loop in which as many frames end as begin allocates nothing.

    Args:
        allocate: returns memory of that many bytes; for devices that need memory of a special kind.
    """

    def __init__(self, allocate: Callable[[int], Memory] = bytearray) -> None:
        self._allocate = allocate
        self._blocks: OrderedDict[tuple[int, int], list[_Block]] = OrderedDict()

    def take(self, height: int, width: int) -> Frame:
        """An uninitialised (height, width, 3) uint8 frame."""
        size = height, width
        blocks = self._blocks.setdefault(size, [])
        self._blocks.move_to_end(size)
        if len(self._blocks) > SIZES:
            self._blocks.popitem(last=False)
        free = [block for block in blocks if block.lent() is None]
        if len(free) > SPARE:
            blocks.remove(free.pop())
        if not free:
            blocks.append(_Block(self._allocate(height * width * 3)))
            free = blocks[-1:]
        # Slices refer to this array, not to the memory below it; so a weak reference to it tells whether it is in use.
        frame: Frame = np.ndarray((height, width, 3), np.uint8, buffer=free[0].memory)
        free[0].lent = weakref.ref(frame)
        return frame
