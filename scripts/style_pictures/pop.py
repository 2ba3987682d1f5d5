"""A pop poster: flat colours and black outlines, shaded in halftone dots of cyan, magenta, yellow and black."""

from __future__ import annotations

from typing import Final

import numpy as np

from scripts.style_pictures.fields import (
    FINE,
    Field,
    along,
    blur,
    coarse,
    fine,
    flats,
    flow,
    lines,
    luminance,
    mask,
    over,
    smoothed,
)
from scripts.style_pictures.inks import ASTRONAUT, CYAN, NAVY, ORANGE, RED, SKIN, WHITE, YELLOW
from scripts.style_pictures.photos import photo

PAPER: Final = (0.99, 0.97, 0.92)
PRINTS: Final = ((0.0, 0.62, 0.88), (0.92, 0.06, 0.50), (1.0, 0.86, 0.0), (0.05, 0.04, 0.06))
"""Cyan, magenta, yellow, black."""
ANGLES: Final = (15, 75, 0, 45)
PITCH: Final = 13
"""The distance between dots, in pixels."""
AMOUNTS: Final = {
    WHITE: (0.0, 0.0, 0.0),
    SKIN: (0.0, 0.34, 0.16),
    RED: (0.0, 1.0, 1.0),
    YELLOW: (0.0, 0.0, 1.0),
    CYAN: (1.0, 0.0, 0.0),
    ORANGE: (0.0, 0.45, 1.0),
    NAVY: (1.0, 0.6, 0.0),
}
"""How much cyan, magenta and yellow things get that a comic shows in each ink; 1 is flat, less is dots."""


def dots(amount: Field, degrees: float) -> Field:
    """Round dots on a turned grid, whose area is the amount (0 to 1) of each place."""
    big = fine(amount)
    y, x = np.indices(big.shape, dtype=np.float32) / (PITCH * FINE)
    a = np.deg2rad(degrees)
    u, v = x * np.cos(a) + y * np.sin(a), -x * np.sin(a) + y * np.cos(a)
    distance = np.hypot(u - np.round(u), v - np.round(v))
    radius = np.where(big < 0.04, -1, np.sqrt(np.clip(big, 0, 1.0) / np.pi) + np.where(big > 0.9, 1, 0))
    return coarse(np.clip((radius - distance) * PITCH * FINE + 0.5, 0, 1).astype(np.float32))


def pop(width: int, height: int, rng: np.random.Generator) -> Field:
    rgb = smoothed(photo("astronaut", width, height, top=0.0), 4)
    tone = luminance(rgb)
    keys = np.array([key for key, _ in ASTRONAUT], np.float32)
    inks = [ink for _, ink in ASTRONAUT]
    amounts = flats(rgb, keys, np.array([AMOUNTS[ink] for ink in inks], np.float32), 4)
    shade = np.clip((0.62 - blur(tone, 3)) * 1.6, 0, 0.8)
    canvas = np.full((height, width, 3), PAPER, np.float32)
    offset = float(rng.uniform(-4, 4))  # no two posters are printed at quite the same angles
    for ink, degrees, amount in zip(PRINTS, ANGLES, (*np.moveaxis(amounts, 2, 0), shade), strict=True):
        canvas *= 1 - dots(amount.astype(np.float32), degrees + offset)[..., None] * (1 - np.array(ink, np.float32))
    angle = flow(blur(tone, 1.5), 5)
    edge = lines(tone, angle, 3.4, 14)
    black = np.maximum((edge - 0.010) * 40, (0.2 - along(blur(tone, 1.5), angle, 8)) * 12)
    return over(canvas, PRINTS[3], mask(blur(black, 1)))
