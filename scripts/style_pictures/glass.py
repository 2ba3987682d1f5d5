"""A stained-glass window: a sun over hills and flowers, saturated panes between dark lead lines."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.style_pictures.fields import Field, blur, mask, noise, over

LEAD: Final = (0.035, 0.035, 0.045)
SMALLEST: Final = 500
"""Panes of fewer pixels (at 1024 x 768) take their neighbour's colour and lose their lead."""

Colours = tuple[tuple[float, float, float], ...]
SUN: Final[Colours] = ((1.0, 0.93, 0.55), (1.0, 0.84, 0.18), (1.0, 0.72, 0.05))
RAYS: Final[Colours] = ((1.0, 0.78, 0.10), (0.98, 0.50, 0.06), (0.93, 0.26, 0.08), (1.0, 0.90, 0.45))
SKY: Final[Colours] = (
    (0.06, 0.26, 0.78), (0.08, 0.48, 0.90), (0.35, 0.75, 0.95),
    (0.18, 0.12, 0.55), (0.42, 0.16, 0.62), (0.80, 0.93, 0.97),
)  # fmt: skip
HILLS: Final[tuple[Colours, ...]] = (
    ((0.10, 0.45, 0.50), (0.05, 0.34, 0.45), (0.25, 0.62, 0.60)),
    ((0.10, 0.50, 0.18), (0.20, 0.64, 0.16), (0.50, 0.76, 0.16)),
    ((0.03, 0.30, 0.14), (0.06, 0.40, 0.15), (0.12, 0.52, 0.24)),
)
PETALS: Final[tuple[Colours, ...]] = (
    ((0.85, 0.05, 0.10), (0.95, 0.16, 0.14), (0.68, 0.02, 0.12)),
    ((0.92, 0.20, 0.52), (0.98, 0.45, 0.66), (0.76, 0.08, 0.42)),
    ((0.97, 0.95, 0.90), (0.90, 0.88, 0.96), (1.0, 0.92, 0.78)),
)
LEAVES: Final[Colours] = ((0.10, 0.56, 0.20), (0.45, 0.74, 0.14), (0.04, 0.40, 0.20))
STEMS: Final = (
    (0.10, 1.02, -1.2, 0.34), (0.42, 1.02, -1.9, 0.30), (0.50, 1.04, -1.1, 0.33),
    (0.82, 1.03, -1.9, 0.27), (0.98, 1.03, -1.25, 0.33), (1.28, 1.03, -1.9, 0.34),
)  # fmt: skip
"""Leaves: foot (x, y), angle, length; the picture is 1 high."""
FLOWERS: Final = (
    (0.27, 0.72, 0.185, 0, 9), (0.70, 0.83, 0.15, 1, 8), (1.12, 0.77, 0.17, 0, 9),
    (0.06, 0.50, 0.12, 1, 7), (0.48, 0.96, 0.12, 2, 7), (0.93, 0.97, 0.11, 2, 7),
    (1.30, 0.55, 0.11, 1, 7), (0.02, 0.93, 0.13, 2, 8), (1.33, 0.95, 0.12, 1, 7),
)  # fmt: skip
"""Heart (x, y), size, which of PETALS, how many."""
BUTTERFLY: Final = ((2.7, 0.20, 0.05), (-2.2, 0.24, 0.055), (-0.75, 0.23, 0.05), (0.35, 0.16, 0.045))
"""Wings: angle, length, width."""


class Window:
    """Shapes laid one over the other; each has a number of its own, and a colour for it."""

    def __init__(self, width: int, height: int, rng: np.random.Generator) -> None:
        self.rng = rng
        y, x = np.indices((height, width), dtype=np.float32) / height
        shape = (height, width)
        self.unit = height
        self.x, self.y = x + 0.006 * noise(shape, 30, rng), y + 0.006 * noise(shape, 30, rng)
        self.panes = np.zeros(shape, np.int32)
        self.colours: list[tuple[float, float, float]] = [LEAD]

    def cells(self, pitch: float) -> NDArray[np.int32]:
        """Voronoi cells around points about `pitch` heights apart, as numbers from 0."""
        rows, columns = round(1 / pitch) + 2, round(float(self.x.max()) / pitch) + 2
        places = np.indices((rows, columns)).reshape(2, -1).T - 0.5
        points = (places + self.rng.uniform(-0.42, 0.42, places.shape)) * pitch
        nearest, which = np.full(self.x.shape, np.inf, np.float32), np.zeros(self.x.shape, np.int32)
        for i, (py, px) in enumerate(points):
            distance = np.square(self.x - np.float32(px)) + np.square(self.y - np.float32(py))
            closer = distance < nearest
            nearest[closer], which[closer] = distance[closer], i
        return which

    def lay(self, where: NDArray[np.bool_], parts: NDArray[np.int32], colours: Colours) -> None:
        """The shape in panes, one for each number, in colours from the list; two in a row never have the same."""
        last = -1
        for part in np.unique(parts[where]):
            choice = int(self.rng.choice([i for i in range(len(colours)) if i != last]))
            last = choice
            self.panes[where & (parts == part)] = len(self.colours)
            self.colours.append(colours[choice])

    def petal(
        self, x: float, y: float, angle: float, length: float, width: float, colours: Colours, veins: int
    ) -> None:
        """A pointed oval that begins at a place and points along an angle; veins cut it in length."""
        dx, dy = self.x - x, self.y - y
        on = (dx * np.cos(angle) + dy * np.sin(angle)) / length
        across = (-dx * np.sin(angle) + dy * np.cos(angle)) / width
        bulge = np.sin(np.pi * np.clip(on, 0, 1) ** 0.85)
        inside = (on > 0) & (on < 1) & (np.abs(across) < bulge)
        parts = np.floor(np.clip(across / np.maximum(bulge, 1e-3), -0.999, 0.999) * veins / 2 + 0.5 * (veins % 2))
        self.lay(inside, parts.astype(np.int32), colours)

    def flower(self, x: float, y: float, size: float, colours: Colours, count: int) -> None:
        turn = self.rng.uniform(0, 2 * np.pi)
        for i in range(count):
            angle = turn + 2 * np.pi * i / count
            self.petal(x, y, angle, size * self.rng.uniform(0.9, 1.1), size * 2.2 / count, colours, 2)
        heart = np.hypot(self.x - x, self.y - y) < size * 0.27
        self.lay(heart, np.zeros_like(self.panes), SUN)

    def pruned(self) -> NDArray[np.int32]:
        """The panes without the smallest, whose places go to the nearest of the others."""
        connected = np.zeros_like(self.panes)
        for number in np.unique(self.panes):
            _, found = cv2.connectedComponents((self.panes == number).astype(np.uint8), connectivity=4)
            areas = np.bincount(found.ravel())
            connected[(found > 0) & (areas[found] >= SMALLEST * (self.unit / 768) ** 2)] = number
        _, nearest = cv2.distanceTransformWithLabels(
            (connected == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        by_label = np.zeros(nearest.max() + 1, np.int32)
        by_label[nearest[connected > 0]] = connected[connected > 0]
        return by_label[nearest].astype(np.int32)


def scene(window: Window, wide: float) -> None:
    """Sky, sun, hills, flowers and a butterfly; wide is the width in heights."""
    x, y = window.x, window.y
    sun_x, sun_y = 0.66 * wide, 0.33
    radius, angle = np.hypot(x - sun_x, y - sun_y), np.arctan2(y - sun_y, x - sun_x)
    everywhere = np.ones(x.shape, bool)
    window.lay(everywhere, window.cells(0.125), SKY)
    sector = np.floor((angle / (2 * np.pi) + 0.5 + 0.012 * np.sin(radius * 14)) * 22).astype(np.int32) % 22
    reach = np.where(sector % 2 == 0, 0.42, 0.29)
    ring = np.digitize(radius, [0.215])
    window.lay(radius < reach, sector * 4 + ring.astype(np.int32), RAYS)
    window.lay(radius < 0.135, (np.floor(angle * 5 / (2 * np.pi) + 2.5) + 10 * (radius > 0.06)).astype(np.int32), SUN)
    for i, (top, swell, colours) in enumerate(zip((0.56, 0.67, 0.79), (0.055, 0.05, 0.04), HILLS, strict=True)):
        line = top + swell * np.sin(x * (4.2 + i) + 2.1 * i) + 0.02 * np.sin(x * 11 + i)
        stripe = np.floor((y - line) / (0.075 + 0.02 * i)).astype(np.int32)
        cut = np.floor((x + 0.25 * (y - line) + 0.05 * stripe) / (0.20 - 0.02 * i)).astype(np.int32)
        window.lay(y > line, stripe * 100 + cut, colours)
    for leaf in STEMS:
        window.petal(*leaf, 0.058, LEAVES, 2)
    for px, py, size, kind, count in FLOWERS:
        window.flower(px, py, size, PETALS[kind], count)
    for angle_, length, width in BUTTERFLY:
        window.petal(0.42, 0.27, angle_, length, width, PETALS[2], 2)


def glass(width: int, height: int, rng: np.random.Generator) -> Field:
    window = Window(width, height, rng)
    scene(window, width / height)
    panes = window.pruned()
    border = np.zeros(panes.shape, np.uint8)
    border[:, 1:] |= panes[:, 1:] != panes[:, :-1]
    border[1:] |= panes[1:] != panes[:-1]
    border[[0, -1]] = border[:, [0, -1]] = 1
    distance = blur(cv2.distanceTransform(1 - border, cv2.DIST_L2, 5).astype(np.float32), 1.3)
    unit = height / 768
    light = 0.95 + 0.10 * noise(panes.shape, 40 * unit, rng) + 0.05 * noise(panes.shape, 9 * unit, rng)
    light *= 0.80 + 0.26 * np.clip(distance / (26 * unit), 0, 1)
    tint = 1 + 0.07 * rng.standard_normal((len(window.colours), 1))
    colours = np.clip(np.array(window.colours) * tint, 0, 1).astype(np.float32)[panes]
    # Brighter glass turns towards white as light through it does, and not towards a colour of its own.
    shone = np.clip(colours * light[..., None], 0, 1) + np.clip(light - 1, 0, 0.4)[..., None] * 0.7 * (1 - colours)
    canvas = np.clip(shone, 0, 1).astype(np.float32)
    came = (4.6 + 0.7 * noise(panes.shape, 25, rng)) * unit - distance
    canvas = over(canvas, LEAD, mask(came))
    sheen = np.clip(1 - np.abs(distance - 1.2 * unit) / unit, 0, 1) * np.clip(noise(panes.shape, 18, rng), 0, 1) * 0.35
    return over(canvas, (0.45, 0.46, 0.52), sheen.astype(np.float32))
