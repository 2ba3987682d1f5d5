"""Painter: makes the picture to show from a captured frame. Runs on the live loop's worker thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import cv2
import numpy as np

from nstcam.realtime.capture.sources import Captured
from nstcam.realtime.effects.blend import finished
from nstcam.realtime.effects.enlarge import enlarged
from nstcam.realtime.effects.follow import Follower
from nstcam.realtime.effects.light import lit
from nstcam.realtime.effects.look import Look
from nstcam.realtime.effects.steady import Steady, cell_means
from nstcam.realtime.effects.strokes import Ratio, painting_hw, ratio_for, ratios_from, shrunk
from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import SMALLEST_SIDE, Frame, fit_within
from nstcam.realtime.frame_pool import FramePool
from nstcam.realtime.live.choosing.cells import Cells
from nstcam.realtime.live.choosing.chooser import Chooser, Stylized
from nstcam.realtime.live.choosing.second import Second
from nstcam.realtime.live.pace import STEPS
from nstcam.realtime.live.people import LivePeople
from nstcam.realtime.people.scene import Backdrop
from nstcam.realtime.people.words import STYLE, shows_style
from nstcam.realtime.style_files.style import Style
from nstcam.realtime.stylizing import UNMOVED

UNCHANGED: Final = 1.0
"""Levels of 255. A frame counts as unchanged if the mean difference of every cell is below this."""


class Painted(NamedTuple):
    """A finished frame on its way to the outputs and the window."""

    frame: Frame
    original: Frame
    """What the camera saw, at the same size."""
    style: Style | None
    """None for the original."""
    captured: Captured
    ms: float
    """How long stylizing took; for a reused frame, how long it took then."""
    rest_ms: float
    """How long everything else took: scaling, enlarging, steadiness."""
    fresh: bool
    """False if the input has not changed and the last stylized frame was reused."""
    size_hw: tuple[int, int]
    """Size of the painting, (height, width); `frame` was enlarged from it."""
    ratio: Ratio
    """Side of `frame` divided by that of the painting."""
    sizes_hw: tuple[tuple[int, int], ...]
    """The painting sizes that a frame rate may choose among, the largest first."""
    cells: Mapping[int, Frame] = MappingProxyType({})
    """The small pictures to choose from that are wanted and painted so far, by the style's index."""


class Painter:
    """Scales, stylizes, enlarges, steadies and finishes frames; rests the network while nothing changes."""

    def __init__(
        self,
        gallery: Chooser,
        output_size: tuple[int, int],
        look: Callable[[], Look],
        name: str,
        backdrop: Backdrop | None = None,
    ) -> None:
        """Paints frames with the styles of `gallery`.

        Args:
            output_size: (width, height) that frames are scaled down to fit into.
            look: returns the settings of the moment; called once per frame.
            name: of the source, for messages.
            backdrop: the picture that may stand behind people.
        """
        self._gallery, self._output_size, self._look, self._name = gallery, output_size, look, name
        self._steady = Steady()
        self._people = LivePeople(backdrop)
        self._second = Second(gallery)
        self._follower = Follower()
        self._offset = UNMOVED
        self._pool = FramePool()
        self._cells = Cells(gallery.stylize_one)
        self._painted_input: Frame | None = None
        self._stylized: Stylized | None = None
        self._enlarged: Frame | None = None
        self._ms = 0.0
        self._done: Painted | None = None
        self._done_with: tuple[Look, tuple[int, int]] | None = None
        """The look and size `_done` was made with, once `_done` no longer changes while the input does not."""

    def paint(self, captured: Captured) -> Painted:
        """Makes the picture to show. Raises SourceError if the frame is too small for styles."""
        began = time.monotonic()
        look = self._look()
        original = fit_within(captured.frame, self._output_size, self._pool.take)
        height, width = original.shape[:2]
        if min(height, width) < SMALLEST_SIDE:
            raise SourceError(
                f"{self._name} gives frames of {width}x{height} at this size; "
                f"styles need at least {SMALLEST_SIDE}x{SMALLEST_SIDE}"
            )
        ratios = ratios_from((height, width), ratio_for((height, width), look.stroke_scale), STEPS)
        ratio = ratios[min(look.coarser, len(ratios) - 1)]
        sizes = tuple(painting_hw((height, width), each) for each in ratios)
        self._gallery.prepare(*sizes)
        parted = look.parted and not captured.plain and not self._gallery.bypass
        if not parted:
            self._people.forget()
        elif self._done_with is None:
            # The sooner the better: until the style's network takes all cores, the others are idle.
            self._people.begin(original, captured.time)
        lighted = lit(shrunk(original, ratio, self._pool.take), brighten=look.brighten and not captured.plain)
        small, source, tones = lighted
        seen = not parted or shows_style(look.paint, look.background)
        stylized, fresh = self._stylize(source, look, original if parted else None, plain=captured.plain, seen=seen)
        made_with = look, (height, width)
        if not fresh and self._done and self._done_with == made_with:
            return self._done._replace(captured=captured, fresh=False)
        before = self._steady.shown
        if stylized.style is None or not seen:
            self._steady.reset()
            frame = smooth = self._enlarged = original
        else:
            if fresh or self._enlarged is None:
                self._enlarged = enlarged(original, small, stylized.frame, ratio, self._pool.take, tones)
            smooth = self._steady.smooth(source, self._enlarged, look.steady, self._offset)
            frame = finished(smooth, original, strength=look.strength, keep_colors=look.keep_colors)
        settled = not fresh and (smooth is self._enlarged or (before is not None and np.array_equal(smooth, before)))
        if parted and stylized.style is not None:
            second = self._second.shown(original, lighted, ratio, look, self._offset, self._pool.take)
            frame = self._people.together(frame, original, look, second, captured.time)
            settled = settled and self._people.settled and self._second.settled
        rest_ms = 1000 * (time.monotonic() - began) - self._ms
        cells: Mapping[int, Frame] = {}  # their time is not counted: the size would change whenever somebody chooses
        if not captured.plain:
            size_hw = source.shape[0], source.shape[1]
            cells = self._cells.paint(small, look, fresh=fresh, moved=self._offset, size_hw=size_hw)
        self._done = Painted(
            frame, original, stylized.style, captured, self._ms, rest_ms, fresh and seen,
            painting_hw((height, width), ratio), ratio, sizes, cells,
        )  # fmt: skip
        self._done_with = made_with if settled and self._cells.settled(look) else None
        return self._done

    def _stylize(
        self, source: Frame, look: Look, parted: Frame | None, *, plain: bool, seen: bool
    ) -> tuple[Stylized, bool]:
        """The painting, and whether it is a new one.

        Args:
            parted: the frame to look for people in, if any.
            plain: whether the frame is to be left as it is.
            seen: whether anything of the painting will be; it is not with people before another picture.
        """
        behind = look.behind if parted is not None and look.background == STYLE else None
        if plain:
            self._stylized = self._painted_input = None
            return Stylized(source, None), True
        last, before = self._stylized, self._painted_input
        same_picture = last is not None and before is not None and before.shape == source.shape
        if last and before is not None and same_picture and last.style and last.recipe == self._gallery.recipe():
            if self._second.index == behind and largest_change(source, before) < UNCHANGED:
                return last, False
        else:
            self._steady.reset()
        if parted is not None and not seen:
            self._stylized, self._painted_input, self._ms = Stylized(source, self._gallery.current), None, 0.0
            return self._stylized, True
        began = time.monotonic()
        follow = look.follow and any(style.has_canvas for style in self._gallery.styles)
        self._offset = self._follower.follow(source) if follow else UNMOVED
        self._stylized, self._painted_input = self._gallery.stylize(source, self._offset), source
        if last is None or self._stylized.recipe != last.recipe:
            self._steady.reset()
        self._second.paint(behind, source, self._stylized, self._offset)
        self._ms = 1000 * (time.monotonic() - began)
        return self._stylized, True


def largest_change(frame: Frame, before: Frame) -> float:
    """The mean difference, in levels of 255, within the cell (effects/steady.py CELL) that changed most."""
    difference = np.asarray(cv2.cvtColor(cv2.absdiff(frame, before), cv2.COLOR_BGR2GRAY), np.uint8)
    return float(cell_means(difference).max())
