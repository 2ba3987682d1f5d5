"""A visitor: frames from a browser's camera, painted as this visitor chooses."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

import cv2
import numpy as np

from nstcam.media.stated_size import stated_size
from nstcam.realtime.capture.sources import Captured
from nstcam.realtime.effects import steady
from nstcam.realtime.effects.look import Look
from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import Frame
from nstcam.realtime.live.choosing.chooser import Stylized
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.choosing.mixture import Recipe
from nstcam.realtime.live.control.answers import index_of, no_style, shown
from nstcam.realtime.live.control.look_commands import look_after
from nstcam.realtime.live.painter import Painter
from nstcam.realtime.page.feed import encoded
from nstcam.realtime.style_files.style import Style
from nstcam.realtime.stylizing import UNMOVED, Offset

LARGEST_WH: Final = 1280, 720
"""Larger frames are scaled down to fit into this, (width, height)."""
MOST_PIXELS: Final = 4_000_000
"""A frame of more is refused before it is decoded."""
QUALITY: Final = 80


class OwnChoice:
    """A Chooser of one visitor, whose styles are those of a gallery that all visitors share."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery
        self.index, self.bypass = gallery.wanted, False
        self.look = Look(steady=steady.DEFAULT, brighten=True)

    @property
    def styles(self) -> Sequence[Style]:
        return self._gallery.styles

    def prepare(self, *sizes_hw: tuple[int, int]) -> None:
        """Nothing: what is ready for all does not follow the size of one."""

    @property
    def _shown(self) -> int:
        """The style that was chosen; until it is open, the one that the gallery began with."""
        return self.index if self._gallery.is_open(self.index) else self._gallery.wanted

    @property
    def current(self) -> Style:
        return self.styles[self._shown]

    def recipe(self) -> Recipe:
        return () if self.bypass else self.recipe_of(self._shown)

    def recipe_of(self, index: int) -> Recipe:
        return self._gallery.recipe_of(index)

    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Stylized:
        index = self._shown
        painted = None if self.bypass else self._gallery.stylize_one(index, frame, canvas_offset)
        if painted is None:
            return Stylized(frame, None)
        return Stylized(painted, self.styles[index], self.recipe_of(index))

    def stylize_one(self, index: int, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame | None:
        return self._gallery.stylize_one(index, frame, canvas_offset)


class Visitor:
    """What one visitor has chosen, and the memory of the visitor's frames. `paint` is for one thread, all else for
    another."""

    def __init__(self, gallery: Gallery) -> None:
        self._choice = choice = OwnChoice(gallery)
        # Nothing in here refers to the visitor, so frames are freed as soon as the visitor has left.
        self._painter = Painter(choice, LARGEST_WH, lambda: choice.look, "the visitor's camera")
        self._count = 0

    def paint(self, jpeg: bytes) -> bytes:
        """A frame painted, as a JPEG.

        Raises:
            NstError: it is no JPEG, damaged, too large or too small, or the device failed.
        """
        self._count += 1
        return encoded(self._painter.paint(Captured(decoded(jpeg), time.monotonic(), self._count)).frame, QUALITY)

    @property
    def look(self) -> Look:
        """What the visitor has adjusted."""
        return self._choice.look

    def state(self) -> dict[str, Any]:
        """What the visitor has chosen, ready for JSON."""
        look = self.look
        return {
            "style": self._choice.index, "original": self._choice.bypass, "strength": look.strength,
            "steady": look.steady, "stroke_scale": look.stroke_scale, "keep_colors": look.keep_colors,
            "brighten": look.brighten,
        }  # fmt: skip

    def obey(self, line: str) -> str:
        """Carries out a command: `original on` or `off`, `style NAME` or `NUMBER`, and those of
        live/control/look_commands.py. Returns ok, or what was wrong."""
        word, _, value = line.strip().partition(" ")
        value = value.strip()
        if word == "style":
            index = index_of(value, self._choice.styles)
            if index is None:
                return no_style(value, self._choice.styles)
            self._choice.index, self._choice.bypass = index, False
            return "ok"
        if word == "original" and value in ("on", "off"):
            self._choice.bypass = value == "on"
            return "ok"
        changed = look_after(word, value, self.look)
        if isinstance(changed, str):
            return changed
        if changed is None:
            return f"error {shown(line)} is not a command"
        self._choice.look = changed
        return "ok"


def decoded(jpeg: bytes) -> Frame:
    """The frame in a JPEG file, uint8 (height, width, 3) BGR.

    Raises:
        SourceError: it is no JPEG, or damaged, or of more than MOST_PIXELS, which is told before memory is taken.
    """
    size = stated_size(jpeg) if jpeg[:2] == b"\xff\xd8" else None
    if size is None or not 0 < size[0] * size[1] <= MOST_PIXELS:
        raise SourceError("a frame has to be a JPEG picture of at most 4 megapixels")
    try:
        frame = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        frame = None
    if frame is None:
        raise SourceError("a frame is a damaged JPEG picture")
    return np.asarray(frame, np.uint8)
