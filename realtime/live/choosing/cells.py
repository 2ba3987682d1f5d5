"""Cells: small pictures of what the camera sees, each in another style, for the picker. Painted a few at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from nstcam.realtime.display.picker import cell_hw
from nstcam.realtime.effects.blend import finished
from nstcam.realtime.effects.light import lit
from nstcam.realtime.effects.look import Look
from nstcam.realtime.frame import SMALLEST_SIDE, Frame, resize
from nstcam.realtime.stylizing import UNMOVED, Offset

SHARE: Final = 0.15
"""The share of the time between two frames that may be spent on cells, and so the most that they slow the live
picture."""
_LONGEST: Final = 1.0
"""Seconds between two frames; a longer pause gives cells no more time than this one."""


class Cells:
    """Paints cells within a budget of time, those painted longest ago first. Pictures stay, even while no cells are
    wanted, until the next ones replace them."""

    def __init__(
        self,
        stylize: Callable[[int, Frame, Offset], Frame | None],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`stylize` paints a frame in the style of an index; None if that style is not open yet."""
        self._stylize, self._clock = stylize, clock
        self._pictures: dict[int, Frame] = {}
        self._painted: dict[int, int] = {}
        """For each style, when its cell was painted, as a count of cells."""
        self._count = self._changed = 0
        self._budget = 0.0
        self._then = self._clock()
        self._look: Look | None = None

    def paint(
        self, original: Frame, look: Look, *, fresh: bool, moved: Offset = UNMOVED, size_hw: tuple[int, int]
    ) -> Mapping[int, Frame]:
        """Paints as many of the wanted cells as the time since the last call allows.

        Args:
            original: what the camera sees.
            look: tells which styles are wanted, and how pictures are finished.
            fresh: whether `original` has changed since the last call.
            moved: how far the canvas is moved at the size `size_hw`, (height, width).

        Returns:
            The pictures of the wanted styles that there are, older ones included.
        """
        now = self._clock()
        credit = SHARE * min(now - self._then, _LONGEST)
        self._budget = min(self._budget + credit, credit)  # nothing is saved up, which would hold up a later frame
        self._then = now
        if fresh or look != self._look:
            self._changed, self._look = self._count, look
        if look.cells:
            height, width = (max(side, SMALLEST_SIDE) for side in cell_hw(original, look.across))
            small = resize(original, (width, height))
            source = lit(small, brighten=look.brighten).source
            shrunk = Offset(round(moved.rows * height / size_hw[0]), round(moved.columns * width / size_hw[1]))
            for style in sorted(look.cells, key=lambda style: self._painted.get(style, -1)):
                if self._budget <= 0 or self._painted.get(style, -1) >= self._changed:
                    break
                began = self._clock()
                picture = self._stylize(style, source, shrunk)
                if picture is not None:
                    picture = finished(picture, small, strength=look.strength, keep_colors=look.keep_colors)
                    self._pictures[style], self._painted[style] = picture, self._count
                    self._count += 1
                    self._budget -= self._clock() - began
        return {style: self._pictures[style] for style in look.cells if style in self._pictures}

    def settled(self, look: Look) -> bool:
        """Whether every wanted cell shows the frame that was given last."""
        return all(self._painted.get(style, -1) >= self._changed for style in look.cells)
