"""How large a frame is painted: the stroke scale, and the frame scaled down to that size.

Strokes have a fixed size in the pixels of the painting. So that they are as broad in a large picture as in a small one,
relative to what it shows, the painting has about the same number of lines whatever the picture has, and is enlarged
afterwards (effects/enlarge.py).

Sides of picture and painting are in one of a few simple ratios, so that strips of the picture meet rows of the painting
exactly and scaling down is mostly a mean of whole pixels.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import cv2
import numpy as np

from nstcam.realtime.frame import SMALLEST_SIDE, Frame, Take, resize

LINES: Final = 400
"""Pixels of the painting's shorter side at stroke scale 1, about: 384 of 480, 360 of 720, 432 of 1080."""
SMALLEST: Final = 0.1
LARGEST: Final = 10.0
"""The range of stroke scales."""

Ratio = Fraction
"""Side of the picture divided by that of the painting; one of RATIOS."""

NATIVE: Final = Ratio(1)
RATIOS: Final = tuple(
    Ratio(text) for text in ("1", "5/4", "3/2", "2", "5/2", "3", "4", "5", "6", "8", "10", "12", "16")
)
"""The ratios to choose from: each saves about a third of the work of the one before."""


def ratio_for(frame_hw: tuple[int, int], stroke_scale: float, coarser: int = 0) -> Ratio:
    """The ratio for frames of that size.

    Args:
        frame_hw: (height, width).
        stroke_scale: how broad strokes are: 1 as by default, 2 twice as broad. Never finer than strokes painted at the
            frame's own size.
        coarser: steps along RATIOS from there to smaller paintings, or to larger ones if negative; it ends at the
            frame's own size, and where the painting would be too small for styles.
    """
    rungs = _rungs(frame_hw)
    wanted = min(frame_hw) / LINES * stroke_scale
    # The nearest one by its logarithm: between 2 and 2.5, the border is their geometric mean.
    nearest = min(range(len(rungs)), key=lambda index: max(rungs[index] / wanted, wanted / rungs[index]))
    return rungs[min(max(nearest + coarser, 0), len(rungs) - 1)]


def ratios_from(frame_hw: tuple[int, int], ratio: Ratio, count: int) -> list[Ratio]:
    """At most `count` ratios for frames of that size (height, width): this one, then those of smaller paintings."""
    return [rung for rung in _rungs(frame_hw) if rung >= ratio][:count] or [ratio]


def scale_of(frame_hw: tuple[int, int], ratio: Ratio) -> float:
    """The stroke scale that `ratio_for` gives this ratio for, rounded; 1 if that is one."""
    if ratio_for(frame_hw, 1.0) == ratio:
        return 1.0
    exact = float(ratio) * LINES / min(frame_hw)
    return min(max(float(f"{exact:.2g}"), SMALLEST), LARGEST)


def painting_hw(frame_hw: tuple[int, int], ratio: Ratio) -> tuple[int, int]:
    """(height, width) of the painting. If the ratio does not divide a side, the painting covers a few pixels more."""
    height, width = (ratio.denominator * -(-side // ratio.numerator) for side in frame_hw)
    return height, width


def covered_hw(frame_hw: tuple[int, int], ratio: Ratio) -> tuple[int, int]:
    """(height, width) in pixels of the frame that the painting covers: the frame, or a few more."""
    height, width = (ratio.numerator * -(-side // ratio.numerator) for side in frame_hw)
    return height, width


def shrunk(frame: Frame, ratio: Ratio, take: Take | None = None) -> Frame:
    """The frame at the size of the painting. Pixels beyond its edge repeat the last ones.

    Args:
        take: provides memory for the result; None: new memory.
    """
    frame_hw = frame.shape[0], frame.shape[1]
    below, beside = (more - side for more, side in zip(covered_hw(frame_hw, ratio), frame_hw, strict=True))
    if below or beside:
        frame = np.asarray(cv2.copyMakeBorder(frame, 0, below, 0, beside, cv2.BORDER_REPLICATE), np.uint8)
    height, width = painting_hw(frame_hw, ratio)
    return resize(frame, (width, height), take)


def _rungs(frame_hw: tuple[int, int]) -> list[Ratio]:
    """The ratios that leave a painting large enough for styles; at least NATIVE."""
    return [ratio for ratio in RATIOS if ratio == NATIVE or min(painting_hw(frame_hw, ratio)) >= SMALLEST_SIDE]
