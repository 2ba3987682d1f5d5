"""Pictures that are made up, of strokes, tiles and flat areas, and learnt for a basis like paintings.

There are few paintings to make a basis of. These have breadths, lengths and outlines of strokes that no painting among
them has, and others are painted better for it (docs/research/palette.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.train.basis.brush import smooth_noise, strokes
from nstcam.train.basis.pictures import recoloured
from nstcam.train.picture import Picture, read_rgb

NUMBERS: Final = (
    1, 2, 4, 11, 12, 24, 25, 26, 29, 34, 35, 40, 41, 44, 46, 47, 50, 52, 57, 59, 60, 66, 70, 71, 73, 74, 84, 85, 87, 90,
    94, 101, 102, 103, 105, 107, 114, 116, 117, 126, 127, 130, 137,
)  # fmt: skip
"""Those of the first 140 that look least alike."""
_SEED: Final = 5
_SIDES: Final = 380, 560
"""Range of the shorter side in pixels."""


def made_up(number: int, photographs: Sequence[Path]) -> Picture:
    """A picture, RGB, of one of the photographs; always the same one for a number and the same photographs.

    All have other colours than the photograph, but for the last of each ten.
    """
    rng = np.random.default_rng([_SEED, number])
    photograph = read_rgb(photographs[int(rng.integers(len(photographs)))])
    scale = rng.uniform(*_SIDES) / min(photograph.shape[:2])
    bgr = np.ascontiguousarray(photograph[..., ::-1])
    levels = np.asarray(cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    place = number % len(_TEN)
    paint = _TEN[place]
    if paint is not None:
        levels = np.clip(paint(levels, rng), 0, 255).astype(np.uint8)
    if place != len(_TEN) - 1:
        levels = recoloured(levels, rng, contrast=(0.7, 1.35), chroma=(0.5, 1.6))
    return np.ascontiguousarray(levels[..., ::-1])


def tiles(picture: Picture, rng: np.random.Generator) -> NDArray[np.float32]:
    """A mosaic or a leaded window: Voronoi cells of random points, each in one colour of the picture, BGR levels."""
    height, width = picture.shape[:2]
    count = int(rng.uniform(60, 900))
    points = rng.uniform(0, 1, (count, 2)) * [width - 1, height - 1]
    cells = cv2.Subdiv2D((0, 0, width, height))
    for x, y in points.tolist():
        cells.insert((x, y))
    facets, centres = cells.getVoronoiFacetList([])
    joint, jitter, colour_of_joint = int(rng.choice([0, 1, 2, 4])), rng.choice([0, 20, 50]), rng.choice([0, 20, 230])
    painted = np.zeros(picture.shape, np.float32)
    for facet, (x, y) in zip(facets, centres, strict=True):
        column, row = int(np.clip(x, 0, width - 1)), int(np.clip(y, 0, height - 1))
        colour = np.clip(picture[row, column] + rng.normal(0, 1, 3) * jitter, 0, 255)
        corners = np.asarray(facet).astype(np.int32)
        cv2.fillConvexPoly(painted, corners, colour.tolist(), cv2.LINE_AA)
        if joint:
            cv2.polylines(painted, [corners], True, (float(colour_of_joint),) * 3, joint, cv2.LINE_AA)
    if rng.random() < 0.5:
        painted += rng.normal(0, rng.uniform(3, 14), painted.shape)
    return painted


def flat_areas(picture: Picture, rng: np.random.Generator) -> NDArray[np.float32]:
    """A print: the picture in few levels, in most with dark outlines, in half with lines for the shades, BGR levels."""
    height, width = picture.shape[:2]
    levels = int(rng.integers(3, 7))
    calm = cv2.GaussianBlur(cv2.bilateralFilter(picture, 9, 60, 9), (0, 0), rng.uniform(1, 4))
    painted = np.round(calm / 255 * levels) / levels * 255
    grey = cv2.cvtColor(calm, cv2.COLOR_BGR2GRAY).astype(np.float32)
    if rng.random() < 0.6:
        slope = cv2.magnitude(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
        edges = (slope > rng.uniform(25, 60)).astype(np.uint8)
        painted[cv2.dilate(edges, np.ones((rng.integers(1, 4),) * 2, np.uint8)) > 0] *= 0.15
    if rng.random() < 0.5:
        rows, columns = np.mgrid[:height, :width]
        angle, period = rng.uniform(0, np.pi), rng.uniform(4, 14)
        along = columns * np.cos(angle) + rows * np.sin(angle) + smooth_noise(rng, (height, width), 20) * 4
        painted = np.where((np.sin(along * 2 * np.pi / period) > grey / 127 - 1)[..., None], painted * 0.35, painted)
    return painted.astype(np.float32)


_TEN: Final[tuple[Callable[[Picture, np.random.Generator], NDArray[np.float32]] | None, ...]] = (
    *(strokes,) * 5, *(tiles,) * 2, flat_areas, None, None,
)  # fmt: skip
"""How ten pictures in a row are painted; None leaves the photograph as it is."""
