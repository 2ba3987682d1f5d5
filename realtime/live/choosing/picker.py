"""Picker: which styles are shown in small pictures to choose from, how it scrolls, and when it closes by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Final

from nstcam.realtime.display.picker import ACROSS, PAGE, SIDE, Cell, style_at
from nstcam.realtime.display.window import Pointer

OPEN_SECONDS: Final = 5.0
"""Seconds without use after which the strip closes."""
LEAVE_SECONDS: Final = 1.0
"""Seconds after which a strip that the mouse opened closes, once the mouse has left it."""
LOWER_EDGE: Final = 0.93
"""The mouse opens the strip below this share of the picture's height."""


class Shown(Enum):
    """What there is to choose from, in the order in which key g goes through it."""

    OFF = "off"
    STRIP = "strip"
    GRID = "grid"


class Picker:
    """The strip or the grid. Both show some of the styles, and move along with the chosen one."""

    def __init__(self, count: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`count` is the number of styles, at least one."""
        self.count, self._clock = count, clock
        self.shown = Shown.OFF
        self._first = 0
        self._chosen = 0
        self._until = 0.0
        self._by_mouse = False
        self._cells: Sequence[Cell] = ()
        self._size_hw = 1, 1

    @property
    def styles(self) -> tuple[int, ...]:
        """Indices of the styles whose pictures are shown, in order; none while the picker is off."""
        if self.shown is Shown.OFF:
            return ()
        return tuple(range(self.count)[self._first : self._first + self._most])

    @property
    def across(self) -> int:
        """How many pictures stand side by side."""
        return SIDE if self.shown is Shown.GRID else ACROSS

    @property
    def _most(self) -> int:
        return PAGE if self.shown is Shown.GRID else ACROSS

    def cycle(self) -> None:
        """Off, the strip, the grid, and off again."""
        kinds = list(Shown)
        self._show(kinds[(kinds.index(self.shown) + 1) % len(kinds)])

    def close(self) -> None:
        self._show(Shown.OFF)

    def drawn(self, cells: Sequence[Cell], size_hw: tuple[int, int]) -> None:
        """Notes where the pictures stand in a preview of `size_hw`, (height, width)."""
        self._cells, self._size_hw = cells, size_hw

    def style_at(self, pointer: Pointer) -> int | None:
        """The style under the mouse; None if there is none."""
        return style_at(self._cells, self._size_hw, pointer) if self.shown is not Shown.OFF else None

    def use(self) -> None:
        """Notes that somebody uses the strip: it stays open a while longer."""
        self._until = self._clock() + OPEN_SECONDS

    def point(self, pointer: Pointer) -> None:
        """The mouse has moved: at the lower edge it opens the strip."""
        inside = 0 <= pointer.x <= 1
        if self.shown is Shown.OFF and inside and pointer.y >= LOWER_EDGE:
            self._show(Shown.STRIP)
            self._by_mouse = True
        elif self.shown is Shown.STRIP:
            if inside and pointer.y >= self._top:
                self.use()
            elif self._by_mouse:
                self._until = min(self._until, self._clock() + LEAVE_SECONDS)

    def scroll(self, by: int) -> None:
        """Moves the strip by `by` styles, or the grid by `by` pages, without choosing another style."""
        self.use()
        self._move_to(self._first + by * (PAGE if self.shown is Shown.GRID else 1))

    def follow(self, chosen: int) -> None:
        """Shows the part with style `chosen`, if that has changed, and closes the strip when its time is over."""
        if chosen != self._chosen:
            self._chosen = chosen
            self._reveal()
        if self.shown is Shown.STRIP and self._clock() > self._until:
            self.close()

    @property
    def _top(self) -> float:
        """The upper edge of the strip as a share of the picture's height."""
        return self._cells[0].top / self._size_hw[0] if self._cells else LOWER_EDGE

    def _show(self, shown: Shown) -> None:
        self.shown, self._by_mouse, self._cells = shown, False, ()
        self.use()
        self._reveal()

    def _reveal(self) -> None:
        in_middle = self._chosen - ACROSS // 2
        self._move_to(self._chosen // PAGE * PAGE if self.shown is Shown.GRID else in_middle)

    def _move_to(self, first: int) -> None:
        last = self.count - ACROSS
        if self.shown is Shown.GRID:
            last = -((PAGE - self.count) // SIDE) * SIDE  # whole rows; the last page is as full as they allow
        self._first = max(min(first, last), 0)
