"""FramePool: memory of frames that is used again as soon as nobody holds the frame."""

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
"""Free blocks of a size that are kept; more of them were a burst."""
SIZES: Final = 8
"""Frame sizes that blocks are kept for: five working sizes, the grid's and what comes along."""


@dataclass
class _Block:
    memory: Memory
    lent: Callable[[], Frame | None] = field(default=lambda: None)
    """Gives the frame while anybody holds it or a part of it."""


class FramePool:
    """Lends frames; not for several threads at once.

    Whoever gets a frame may keep it as long as they like, pass it on and slice it: its memory is lent again only when
    the last reference is gone. So nobody has to give frames back, and in a steady loop, where as many frames end as
    begin, nothing is allocated.

    Args:
        allocate: memory of that many bytes; another kind than Python's own where a device asks for it.
    """

    def __init__(self, allocate: Callable[[int], Memory] = bytearray) -> None:
        self._allocate = allocate
        self._blocks: OrderedDict[tuple[int, int], list[_Block]] = OrderedDict()

    def take(self, height: int, width: int) -> Frame:
        """A frame of that size with arbitrary contents."""
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
        # Slices of an array on foreign memory refer to that array, not to the memory: a weak reference to it tells.
        frame: Frame = np.ndarray((height, width, 3), np.uint8, buffer=free[0].memory)
        free[0].lent = weakref.ref(frame)
        return frame
