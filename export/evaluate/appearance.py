"""How bold a painted picture is, and how true to the scene: contrast, colour, contours, faces.

What errors of features do not tell: they forgive a pale picture, colours that belong to the canvas, and a torn face.
Everything here is pure. Pictures are (H, W, 3) RGB uint8; L*, a* and b* are CIELAB's (D65), L* 0..100.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.train.picture import Picture

Lab = NDArray[np.float32]
"""(H, W, 3): L* 0..100, a* and b* about -100..100."""

CELL: Final = 16
"""Pixels per side of the cells that tone and colour are compared in: strokes average out, faces and walls do not."""

EDGE: Final = 6.0
"""L* per pixel from which an edge of the photograph is strong, after a blur of 1 px: an outline, not a fold."""
LINE: Final = 10.0
"""L* by which a line is darker than what lies on both of its sides."""
LINE_WIDTH: Final = 7
"""Pixels: a dark stripe this broad is a form, not a line. At 480 lines; a contour of 5 px is a bold one."""
LINE_REACH: Final = 2
"""Pixels that a line may lie beside its edge."""

STRUCTURE_WINDOW: Final = 11
"""Pixels: eyes and mouths of a face of 60 px and more are larger than strokes in it should be."""

Measures = dict[str, float]
"""Figures by name, in the order of a table."""

Box = tuple[int, int, int, int]
"""left, top, right, bottom in pixels; right and bottom are exclusive."""


@dataclass(frozen=True)
class Range:
    """The tones and colours of one picture."""

    contrast: float
    """Standard deviation of L*."""
    dark: float
    """L* that 2 % of the pixels lie below."""
    light: float
    """L* that 2 % of the pixels lie above."""
    chroma: float
    """95th percentile of sqrt(a*^2 + b*^2)."""


def appearance(painted: Picture, content: Picture, faces: Sequence[Box], wanted: Range | None) -> Measures:
    """All figures of this file by name, without those that the picture cannot have.

    Args:
        wanted: the painting's, to compare with.
    """
    seen = range_of(painted)
    found = {
        "contrast (sd of L*)": seen.contrast,
        "dark end (L*)": seen.dark,
        "light end (L*)": seen.light,
        "chroma (95 %)": seen.chroma,
        "tone slope": tone_slope(painted, content),
        "scene colour (R2)": scene_colour(painted, content),
        "contour": contour(painted, content),
    }
    if faces:
        found["face structure"] = float(np.mean([face_structure(painted, content, face) for face in faces]))
    if wanted is not None:
        found["contrast / painting's"] = seen.contrast / max(wanted.contrast, 1.0)
        found["chroma / painting's"] = seen.chroma / max(wanted.chroma, 1.0)
    return {name: value for name, value in found.items() if not np.isnan(value)}


def means(several: Sequence[Measures]) -> Measures:
    """The mean of each figure over the pictures that have it."""
    names = dict.fromkeys(name for measures in several for name in measures)
    return {name: float(np.mean([measures[name] for measures in several if name in measures])) for name in names}


def lab(picture: Picture) -> Lab:
    return np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def range_of(picture: Picture) -> Range:
    values = lab(picture)
    dark, light = np.percentile(values[..., 0], (2, 98))
    chroma = np.percentile(np.hypot(values[..., 1], values[..., 2]), 95)
    return Range(float(values[..., 0].std()), float(dark), float(light), float(chroma))


def tone_slope(painted: Picture, content: Picture) -> float:
    """Slope of the painted cells' L* on the content's: 1 keeps all of the scene's light and shade, 0 none of it.

    nan for content without any.
    """
    a, b = (cells(lab(picture))[:, 0] for picture in (painted, content))
    variance = b.var()
    if variance < 1e-6:
        return float("nan")
    return float(((a - a.mean()) * (b - b.mean())).mean() / variance)


def scene_colour(painted: Picture, content: Picture) -> float:
    """R^2 of the painted cells' a* and b* by a quadratic regression on the content cells' L*, a* and b*.

    1 where a thing gets one colour and another thing another, whichever the style chooses; 0 where colours come from
    the canvas. Both outputs together: shares of the sum of their variances. nan for a picture in grey.
    """
    colours = cells(lab(painted))[:, 1:].astype(np.float64)
    seen = cells(lab(content)).astype(np.float64)
    seen = (seen - seen.mean(0)) / (seen.std(0) + 1e-6)
    basis = np.column_stack(
        [np.ones(len(seen)), seen, seen**2, *(seen[:, i] * seen[:, j] for i, j in ((0, 1), (1, 2), (0, 2)))]
    )
    colours -= colours.mean(0)
    whole = np.square(colours).sum()
    if whole < 1e-6 * colours.size:
        return float("nan")
    fitted = basis @ np.linalg.lstsq(basis, colours, rcond=None)[0]
    return float(1 - np.square(colours - fitted).sum() / whole)


def contour(painted: Picture, content: Picture) -> float:
    """How much of the content's strong edges carries a dark line, beyond chance: 1 all and nothing else, 0 no more.

    (e - f) / (1 - f), with e the share of strong edges that have a line near, and f that of all other places: strokes
    all over the picture are no contours. nan for content without strong edges.
    """
    edges = strong_edges(content)
    if not edges.any():
        return float("nan")
    near = cv2.dilate(dark_lines(painted).astype(np.uint8), _square(2 * LINE_REACH + 1)).astype(bool)
    away = ~cv2.dilate(edges.astype(np.uint8), _square(LINE_WIDTH + 2 * LINE_REACH)).astype(bool)
    chance = near[away].mean() if away.any() else 0.0
    return float((near[edges].mean() - chance) / max(1 - chance, 1e-3))


def strong_edges(content: Picture) -> NDArray[np.bool_]:
    """(H, W): where L*, blurred by 1 px, changes by EDGE or more a pixel."""
    blurred = cv2.GaussianBlur(lab(content)[..., 0], (0, 0), 1)
    across = cv2.Scharr(blurred, cv2.CV_32F, 1, 0) / 32
    down = cv2.Scharr(blurred, cv2.CV_32F, 0, 1) / 32
    return np.asarray(np.hypot(across, down) >= EDGE, np.bool_)


def dark_lines(picture: Picture) -> NDArray[np.bool_]:
    """(H, W): pixels LINE darker than both sides of a stripe narrower than LINE_WIDTH (a black-hat transform)."""
    lightness = lab(picture)[..., 0]
    hat = cv2.morphologyEx(lightness, cv2.MORPH_BLACKHAT, _square(LINE_WIDTH))
    return np.asarray(hat >= LINE, np.bool_)


def face_structure(painted: Picture, content: Picture, face: Box) -> float:
    """How like the painted lightness of a face is to the real one, in windows: 1 untouched, 0 lost, -1 a negative.

    The contrast and structure terms of SSIM (Wang et al. 2004) in Gaussian windows of STRUCTURE_WINDOW pixels, with a
    constant that ignores grain. How light the face is does not matter; strokes across a smooth cheek do, as does an eye
    that is gone.
    """
    left, top, right, bottom = face
    a, b = (lab(picture[top:bottom, left:right])[..., 0] for picture in (painted, content))
    grain = 2.0**2  # L*, squared

    def blurred(x: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.GaussianBlur(x, (STRUCTURE_WINDOW, STRUCTURE_WINDOW), 0), np.float32)

    mean_a, mean_b = blurred(a), blurred(b)
    covariance = blurred(a * b) - mean_a * mean_b
    variances = [(blurred(x * x) - mean * mean).clip(0) for x, mean in ((a, mean_a), (b, mean_b))]
    return float(((2 * covariance + grain) / (variances[0] + variances[1] + grain)).mean())


def cells(values: Lab) -> NDArray[np.float32]:
    """(cells, 3): means over squares of CELL pixels; what is left over at right and bottom does not count."""
    rows, columns = (max(length // CELL, 1) for length in values.shape[:2])
    cut = values[: rows * CELL, : columns * CELL]
    return np.asarray(cv2.resize(cut, (columns, rows), interpolation=cv2.INTER_AREA).reshape(-1, 3), np.float32)


def _square(side: int) -> NDArray[np.uint8]:
    return np.ones((side, side), np.uint8)
