"""The second style of a live picture, in which the background of people is painted."""

from __future__ import annotations

import numpy as np

from nstcam.realtime.effects.blend import finished
from nstcam.realtime.effects.enlarge import enlarged
from nstcam.realtime.effects.light import Lit
from nstcam.realtime.effects.look import Look
from nstcam.realtime.effects.steady import Steady
from nstcam.realtime.effects.strokes import Ratio
from nstcam.realtime.frame import Frame, Take
from nstcam.realtime.live.choosing.chooser import Chooser, Stylized
from nstcam.realtime.stylizing import UNMOVED, Offset


class Second:
    """Paints frames in a style beside the one that is shown, and steadies these paintings.

    Attributes:
        index: of the style that the last frame was painted in; None if it was painted in none, or the style is not open
            yet.
        settled: whether the same frame again would look the same.
    """

    def __init__(self, gallery: Chooser) -> None:
        self.index: int | None = None
        self.settled = True
        self._gallery = gallery
        self._steady = Steady()
        self._painted: Frame | None = None
        self._enlarged: Frame | None = None

    def paint(self, index: int | None, source: Frame, first: Stylized, canvas_offset: Offset = UNMOVED) -> None:
        """Paints a new frame.

        Args:
            index: of the style; None for no second style.
            source: the frame as it is given to styles.
            first: the same frame in the style that is shown: if that is the same style, the work is done.
        """
        before, self._enlarged = self.index, None
        if index is None:
            self._painted = None
        elif first.recipe == self._gallery.recipe_of(index):
            self._painted = first.frame
        else:
            self._painted = self._gallery.stylize_one(index, source, canvas_offset)
        self.index = index if self._painted is not None else None
        if self.index != before or self._painted is None:
            self._steady.reset()

    def shown(
        self, original: Frame, seen: Lit, ratio: Ratio, look: Look, canvas_offset: Offset, take: Take
    ) -> Frame | None:
        """The frame painted last, at the size of `original`, steadied and finished; None if there is none."""
        if self._painted is None:
            self.settled = True
            return None
        fresh, before = self._enlarged is None, self._steady.shown
        if self._enlarged is None:
            self._enlarged = enlarged(original, seen.small, self._painted, ratio, take, seen.tones)
        smooth = self._steady.smooth(seen.source, self._enlarged, look.steady, canvas_offset)
        still = smooth is self._enlarged or (before is not None and np.array_equal(smooth, before))
        self.settled = not fresh and still
        return finished(smooth, original, strength=look.strength, keep_colors=look.keep_colors)
