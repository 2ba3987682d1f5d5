"""Look: what a viewer adjusts while watching, apart from the choice of styles. Immutable; each change is a new Look."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

STEP: Final = 0.1
"""Change of strength per key press."""


@dataclass(frozen=True)
class Look:
    """What a viewer has adjusted.

    Attributes:
        strength: 0 is the original, 1 the style.
        keep_colors: keep the original colours and take only the brightness from the style.
        steady: 0..1, how much of the past stays where nothing moves.
        follow: strokes follow the scene when the camera moves.
        brighten: dark frames are painted as if there were more light (see effects/light.py).
        cells: indices of the styles that the preview shows in small pictures to choose from.
        across: how many of these pictures stand side by side, which gives their size.
        stroke_scale: how broad strokes are: 1 as by default, 2 twice as broad (see effects/strokes.py).
        paint: what is painted, one of people/words.py PAINT.
        background: what stands behind people, one of people/words.py.
        behind: index of the style that the background is painted in, if it is one.
        coarser: steps to smaller paintings from there, which hold a frame rate (see nstcam.realtime.live.pace).
    """

    strength: float = 1.0
    keep_colors: bool = False
    steady: float = 0.0
    follow: bool = True
    brighten: bool = False
    cells: tuple[int, ...] = ()
    across: int = 1
    stroke_scale: float = 1.0
    coarser: int = 0
    paint: str = "all"
    background: str = "off"
    behind: int | None = None

    @property
    def parted(self) -> bool:
        """Whether people have to be told from the background at all."""
        return self.paint != "all" or self.background != "off"

    def stronger(self, by: float) -> Look:
        """This look with its strength changed by `by`, which may be negative."""
        return self.with_strength(self.strength + by)

    def with_strength(self, strength: float) -> Look:
        """This look with that strength, limited to 0..1."""
        return replace(self, strength=round(min(max(strength, 0.0), 1.0), 3))
