"""A woodcut: black on cream, hatching that follows the forms and swells with their shade."""

from __future__ import annotations

import numpy as np

from scripts.style_pictures.fields import Field, blur, flow, lines, luminance, mask, over, smoothed, stripes
from scripts.style_pictures.photos import photo

CREAM = (0.95, 0.90, 0.78)
INK = (0.06, 0.05, 0.05)


def woodcut(width: int, height: int, rng: np.random.Generator) -> Field:
    rgb = smoothed(photo("chelsea", width, height, left=0.3))
    tone = luminance(rgb)
    tone = (tone - tone.min()) / (tone.max() - tone.min())
    angle = flow(blur(tone, 2), 9, rest=0.01)
    hatch = stripes(angle, 11, rng)
    shade = np.interp(blur(tone, 2), (0.32, 0.46, 0.63, 0.84), (1.2, 0.5, -0.25, -1.2)).astype(np.float32)
    edge = lines(tone, flow(blur(tone, 1), 4), 3.0)
    ink = np.maximum(hatch + shade, (edge - 0.012) * 40)
    return over(np.full((height, width, 3), CREAM, np.float32), INK, mask(ink))
