"""Flat colours by name, and what in the photographs gets which."""

from __future__ import annotations

from typing import Final

Keys = tuple[tuple[tuple[float, float, float], int], ...]
"""Colours of a photograph, each with the ink for what has it."""

WHITE, SKIN, RED, YELLOW, CYAN, ORANGE, NAVY = range(7)

ASTRONAUT: Final = (
    ((0.72, 0.68, 0.65), CYAN), ((0.81, 0.76, 0.73), CYAN), ((0.62, 0.58, 0.56), CYAN),
    ((0.93, 0.80, 0.74), SKIN), ((0.80, 0.66, 0.56), SKIN), ((0.70, 0.52, 0.42), SKIN),
    ((0.72, 0.63, 0.45), YELLOW), ((0.60, 0.50, 0.34), YELLOW), ((0.40, 0.28, 0.12), YELLOW),
    ((0.92, 0.46, 0.30), ORANGE), ((0.72, 0.30, 0.20), RED), ((0.50, 0.16, 0.12), RED),
    ((0.25, 0.27, 0.42), NAVY), ((0.97, 0.95, 0.94), WHITE),
)  # fmt: skip
CAT: Final = (
    ((0.75, 0.66, 0.64), CYAN), ((0.68, 0.60, 0.59), CYAN), ((0.85, 0.80, 0.80), WHITE),
    ((0.70, 0.54, 0.42), YELLOW), ((0.78, 0.66, 0.54), WHITE), ((0.55, 0.40, 0.27), ORANGE),
    ((0.58, 0.50, 0.20), CYAN), ((0.48, 0.22, 0.10), RED), ((0.40, 0.28, 0.18), ORANGE), ((0.65, 0.43, 0.42), SKIN),
)  # fmt: skip
COFFEE: Final = (
    ((0.93, 0.90, 0.86), WHITE), ((0.60, 0.15, 0.08), RED), ((0.55, 0.28, 0.12), CYAN), ((0.70, 0.40, 0.18), CYAN),
    ((0.80, 0.50, 0.20), YELLOW), ((0.35, 0.12, 0.05), NAVY), ((0.85, 0.62, 0.35), YELLOW),
)  # fmt: skip
