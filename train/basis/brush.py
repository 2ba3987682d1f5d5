"""Painting a picture in strokes, layer by layer, from broad to fine.

After Hertzmann 1998, "Painterly rendering with curved brush strokes of multiple sizes": each layer paints over what
differs still from the picture, blurred as far as its strokes are broad.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.train.picture import Picture

Floats = NDArray[np.float32]

_FINEST: Final = 1.2
"""Pixels: radius of the finest strokes."""
_LAYERS: Final = 3
_MOST: Final = 26_000
"""Strokes of a layer."""
_POINTS: Final = 5
"""Of a stroke."""


@dataclass(frozen=True)
class Hand:
    """How somebody paints."""

    flow: str
    """What strokes follow: edges of the picture, a smooth field, one direction, or nothing."""
    direction: float
    """The one direction, in radians."""
    jitter: float
    """Deviation of colours, in levels."""
    radii: tuple[float, ...]
    """Of the strokes of each layer, in pixels."""
    ratio: float
    """Length of a stroke by its radius."""
    outlined: bool

    @staticmethod
    def draw(rng: np.random.Generator) -> Hand:
        """Anybody's."""
        flow = str(rng.choice(["edges", "field", "one", "none"], p=[0.45, 0.3, 0.15, 0.1]))
        direction, jitter = rng.uniform(0, np.pi), float(rng.choice([0, 0, 15, 40]))
        radius, radii = rng.uniform(3, 18), list[float]()
        while radius > _FINEST and len(radii) < _LAYERS:
            radii.append(radius)
            radius *= rng.uniform(0.3, 0.6)
        if rng.random() < 0.35:
            del radii[1:]
        return Hand(flow, direction, jitter, tuple(radii), rng.uniform(1, 9), bool(rng.random() < 0.25))


def strokes(picture: Picture, rng: np.random.Generator) -> Floats:
    """The picture as somebody paints it, BGR levels.

    Args:
        picture: BGR uint8.
    """
    hand = Hand.draw(rng)
    rng.random()  # the bundled basis was made with one more number drawn here
    levels = picture.astype(np.float32)
    canvas = np.empty_like(levels)
    canvas[:] = levels.mean((0, 1)) if rng.random() < 0.6 else rng.uniform(0, 255, 3)
    height, width = picture.shape[:2]
    field = smooth_noise(rng, (height, width), rng.uniform(15, 60)) * np.float32(1.2)
    for layer, radius in enumerate(hand.radii):
        blurred = _blurred(levels, max(radius * 0.7, 0.8))
        along = _along_edges(blurred, radius) if hand.flow == "edges" else field
        count = min(int(height * width / (radius**2 * hand.ratio**0.5) * rng.uniform(0.7, 1.6)), _MOST)
        painted_enough = rng.uniform(8, 25) if layer else 0
        for _ in range(count):
            x, y = int(rng.integers(width)), int(rng.integers(height))
            wanted = blurred[y, x]
            if painted_enough and np.abs(canvas[y, x] - wanted).mean() < painted_enough:
                continue
            _stroke(canvas, (x, y), wanted, along[y, x], radius, hand, rng)
    return canvas


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], reach: float) -> Floats:
    """Noise of deviation 1 that varies over so many pixels."""
    noise = _blurred(rng.normal(size=shape).astype(np.float32), reach)
    smooth: Floats = noise / (noise.std() + np.float32(1e-9))
    return smooth


def _blurred(values: Floats, deviation: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), deviation), np.float32)


def _along_edges(levels: Floats, radius: float) -> Floats:
    """The direction of edges at each pixel, in radians."""
    grey = levels.mean(2)
    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    dx, dy = (_blurred(np.asarray(each, np.float32), radius * 1.5) for each in across)
    directions: Floats = np.arctan2(dx, -dy)
    return directions


def _stroke(
    canvas: Floats,
    place: tuple[int, int],
    colour: Floats,
    along: np.float32,
    radius: float,
    hand: Hand,
    rng: np.random.Generator,
) -> None:
    """Paints an arc through that place."""
    wobble, any_direction = rng.normal(0, 0.1), rng.uniform(0, np.pi)
    angle = {"one": hand.direction + wobble, "none": any_direction}.get(hand.flow, along)
    shown = np.clip(colour + rng.normal(0, 1, 3) * hand.jitter + rng.normal(0, hand.jitter * 0.7), 0, 255)
    length, own = radius * hand.ratio * rng.uniform(0.6, 1.2), radius * rng.uniform(0.8, 1.15)
    bend, steps = rng.normal(0, 0.35), _POINTS - 1
    x, y = place[0] - np.cos(angle) * length / 2, place[1] - np.sin(angle) * length / 2
    direction, points = angle - bend / 2, []
    for _ in range(_POINTS):
        points.append((x, y))
        x, y = x + np.cos(direction) * length / steps, y + np.sin(direction) * length / steps
        direction += bend / steps
    arc = (np.array(points) * 8).astype(np.int32).reshape(-1, 1, 2)  # in eighths of pixels
    if hand.outlined:
        cv2.polylines(canvas, [arc], False, (shown * 0.25).tolist(), max(1, int(own)) + 2, cv2.LINE_AA, 3)
    cv2.polylines(canvas, [arc], False, shown.tolist(), max(1, int(own)), cv2.LINE_AA, 3)
