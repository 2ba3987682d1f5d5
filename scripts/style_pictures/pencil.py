"""A pencil drawing: contours and cross-hatching in greys on paper."""

from __future__ import annotations

import numpy as np

from scripts.style_pictures.fields import Field, blur, flow, lines, luminance, noise, over, smoothed, stripes
from scripts.style_pictures.photos import photo

PAPER = (0.965, 0.955, 0.93)
GRAPHITE = (0.10, 0.10, 0.115)


def strokes(hatch: Field, shade: Field, edge: float) -> Field:
    """How much graphite the strokes leave: wider and darker where the shade (0 to 1) is deep."""
    left: Field = (np.clip((hatch - 1.0 + 1.7 * shade) / edge, 0, 1) * np.clip(0.35 + 0.65 * shade, 0, 1)).astype(
        np.float32
    )
    return left


def pencil(width: int, height: int, rng: np.random.Generator) -> Field:
    shape = (height, width)
    tone = luminance(smoothed(photo("astronaut", width, height, top=0.0)))
    angle = flow(blur(tone, 2), 14, rest=0.012)
    tilt = (0.25 * noise(shape, 120, rng) - 0.95).astype(np.float32)
    deep = 1 - blur(tone, 1.5)
    grain = 0.10 * noise(shape, 1.2, rng) + 0.16 * noise(shape, 30, rng)
    first = strokes(stripes(tilt, 8, rng, 9) + grain, np.interp(deep, (0.12, 0.75), (0, 1)).astype(np.float32), 0.5)
    second = strokes(stripes(angle, 8, rng, 9) + grain, np.interp(deep, (0.3, 0.85), (0, 1)).astype(np.float32), 0.5)
    third = strokes(
        stripes((tilt + 1.1).astype(np.float32), 7, rng, 9) + grain,
        np.interp(deep, (0.5, 0.95), (0, 1)).astype(np.float32),
        0.5,
    )
    edge = lines(tone, flow(blur(tone, 1), 4), 2.2, 12)
    contour = np.clip((edge - 0.006) * 45 * (1 + grain), 0, 1)
    paper = 1 - (1 - 0.6 * first) * (1 - 0.6 * second) * (1 - 0.7 * third) * (1 - 0.92 * contour)
    return over(np.full((*shape, 3), PAPER, np.float32), GRAPHITE, np.clip(paper, 0, 1).astype(np.float32))
