"""Look: what a person turns while watching, apart from the choice of styles. Plain values; changes give a new Look."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

STEP: Final = 0.1
"""Of strength, by one press."""


@dataclass(frozen=True)
class Look:
    strength: float = 1.0
    """0 the original, 1 all painted."""
    keep_colors: bool = False
    """Only brightness comes from the painting."""
    steady: float = 0.0
    """How much of a still picture's past stays, 0..1."""
    follow: bool = True
    """Strokes go with the scene when the camera moves."""
    grid: bool = False
    """Nine styles at once in the preview."""
    size: int = 0
    """Which working size: 0 the largest (see nstcam.realtime.live.work_size)."""

    def stronger(self, by: float) -> Look:
        return self.with_strength(self.strength + by)

    def with_strength(self, strength: float) -> Look:
        return replace(self, strength=round(min(max(strength, 0.0), 1.0), 3))
