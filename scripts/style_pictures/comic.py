"""A page of an ink comic: brush lines and solid blacks over flat, bold colours."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from scripts.style_pictures.fields import (
    Field,
    along,
    blur,
    coarse,
    flats,
    flow,
    lines,
    luminance,
    mask,
    over,
    smoothed,
    stripes,
)
from scripts.style_pictures.inks import ASTRONAUT, CAT, COFFEE, Keys
from scripts.style_pictures.photos import photo

INK: Final = (0.04, 0.04, 0.06)
PAPER: Final = (0.99, 0.98, 0.94)

INKS: Final = np.array(
    [
        (0.99, 0.98, 0.94),  # white
        (0.98, 0.78, 0.60),  # skin
        (0.89, 0.13, 0.12),  # red
        (0.99, 0.80, 0.10),  # yellow
        (0.16, 0.68, 0.88),  # cyan
        (0.97, 0.50, 0.12),  # orange
        (0.10, 0.20, 0.52),  # navy
    ],
    np.float32,
)


def inked(
    rgb: Field,
    colours: Keys,
    weight: float,
    black: float,
    rng: np.random.Generator,
) -> Field:
    """A photograph as a panel: the nearest of its colours chooses the flat one; brush lines of about `weight` pixels,
    solid black below the lightness `black`, feathered by strokes."""
    rgb = smoothed(rgb, 4)
    tone = luminance(rgb)
    canvas = flats(rgb, np.array([photo for photo, _ in colours], np.float32), INKS[[ink for _, ink in colours]], 3.5)
    angle = flow(blur(tone, 1.5), 5)
    edge = np.maximum(lines(tone, angle, weight, 14), 1.3 * lines(tone, angle, weight * 0.55, 10))
    solid = (black - along(blur(tone, 1.5), angle, 8)) * 12
    feather = stripes(flow(blur(tone, 4), 12, rest=0.01) + 1.2, 13, rng, 8) - 1 + (black + 0.17 - blur(tone, 4)) * 9
    ink = np.maximum(np.maximum((edge - 0.010) * 40, solid), feather)
    return over(canvas, INK, mask(blur(ink, 1)))


def panel(page: Field, picture: Field, corners: list[tuple[float, float]]) -> Field:
    """The picture, whose upper left corner lies at the panel's, within a tilted black frame."""
    height, width = page.shape[:2]
    points = np.array(corners, np.float32) * (width, height)
    left, top = np.floor(points.min(0)).astype(int)
    right, bottom = np.minimum(np.ceil(points.max(0)).astype(int), (width, height))
    whole = page.copy()
    whole[top:bottom, left:right] = cv2.resize(picture, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    cover = np.zeros((height * 2, width * 2), np.float32)
    cv2.fillPoly(cover, [np.round(points * 2).astype(np.int32)], 1.0)
    frame = np.zeros_like(cover)
    cv2.polylines(frame, [np.round(points * 2).astype(np.int32)], True, 1.0, 11, cv2.LINE_AA)
    return over(over(page, whole, coarse(cover)), INK, coarse(frame))


def comic(width: int, height: int, rng: np.random.Generator) -> Field:
    page = np.full((height, width, 3), PAPER, np.float32)
    astronaut = inked(
        photo("astronaut", round(width * 0.62), height, left=0.45, top=0.0),
        ASTRONAUT, 3.2, 0.22, rng,
    )  # fmt: skip
    cat = inked(photo("chelsea", round(width * 0.45), round(height * 0.56), 0.35, 0.2), CAT, 2.6, 0.30, rng)
    coffee = inked(photo("coffee", round(width * 0.5), round(height * 0.55), 0.5, 0.3, 1.1), COFFEE, 2.8, 0.16, rng)
    page = panel(page, astronaut, [(0.015, 0.02), (0.60, 0.02), (0.53, 0.98), (0.015, 0.98)])
    page = panel(page, cat, [(0.622, 0.02), (0.985, 0.02), (0.985, 0.50), (0.587, 0.55)])
    return panel(page, coffee, [(0.585, 0.58), (0.985, 0.53), (0.985, 0.98), (0.555, 0.98)])
