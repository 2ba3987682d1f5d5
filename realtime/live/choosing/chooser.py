"""Chooser: what a painter paints with, whoever chooses the styles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from nstcam.realtime.frame import Frame
from nstcam.realtime.live.choosing.mixture import Recipe
from nstcam.realtime.style_files.style import Style
from nstcam.realtime.stylizing import UNMOVED, Offset


class Stylized(NamedTuple):
    """A frame and what it was painted in."""

    frame: Frame
    style: Style | None
    """None for the original."""
    recipe: Recipe = ()
    """Two frames with equal recipes differ only in what the camera saw."""


class Chooser(Protocol):
    """See Gallery, which has these methods for the viewer of a window."""

    @property
    def styles(self) -> Sequence[Style]: ...
    @property
    def current(self) -> Style: ...
    @property
    def bypass(self) -> bool: ...
    def prepare(self, *sizes_hw: tuple[int, int]) -> None: ...
    def recipe(self) -> Recipe: ...
    def recipe_of(self, index: int) -> Recipe: ...
    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Stylized: ...
    def stylize_one(self, index: int, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame | None: ...
