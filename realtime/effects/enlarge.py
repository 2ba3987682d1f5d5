"""Enlarging a painting to the size of the frame, with the edges of the frame.

A painting made at a fraction of the size lacks what the frame lost on the way down. That detail, the difference in
brightness between the frame and its small version enlarged, is added to the enlarged painting, multiplied by how
strongly the painting follows the frame in that place: the slope of the local regression of the painting's brightness
on the frame's. This is the guided filter (He, Sun and Tang 2013, "Guided Image Filtering", equation 5) with the slope
found at the small size (He and Sun 2015, "Fast Guided Filter", arXiv 1505.00996), and the painting's own texture kept.

The detail is the same in all three channels: edges get no fringes of another colour. Where the frame has no structure
the slope is near 0, and with it the camera's noise.
"""

from __future__ import annotations

from typing import Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.effects.light import Tones
from nstcam.realtime.effects.strips import in_strips
from nstcam.realtime.effects.strokes import NATIVE, Ratio, covered_hw
from nstcam.realtime.frame import Frame, Take

WINDOW: Final = 3
"""Side of the window of the regression, in cells of 2x2 pixels of the small frame."""
NOISE: Final = 130.0
"""Squared levels added to the variance of the frame: below it, structure counts as noise."""
STEEPEST: Final = 1.5
REVERSED: Final = -0.5
"""The slope is limited to REVERSED..STEEPEST; it is negative where the painting is dark in bright places."""
_UNIT: Final = 64
"""A slope of 1 in the fixed-point numbers that slopes are kept in."""


Level = TypeVar("Level", np.uint8, np.int16)


def enlarged(
    frame: Frame,
    small: Frame,
    painted: Frame,
    ratio: Ratio,
    take: Take | None = None,
    tones: Tones | None = None,
) -> Frame:
    """The painting at the size of the frame, with the frame's edges.

    Args:
        frame: (height, width, 3) uint8 BGR.
        small: the frame as `strokes.shrunk(frame, ratio)` gives it.
        painted: the painting of `small`, of the same size.
        take: provides memory for the result; None: new memory.
        tones: the levels that the frame was painted with, as effects/light.py finds them; None: its own.

    Returns:
        A frame of the size of `frame`; at ratio 1 `painted` itself.
    """
    if ratio == NATIVE:
        return painted
    height, width = frame.shape[:2]
    out = take(height, width) if take else np.empty_like(frame)
    sharp = _Sharp(frame, small, painted, ratio, tones)
    in_strips(height, lambda rows: sharp.rows(rows, out[rows]), ratio.numerator)
    return out


class _Sharp:
    """Gives the rows of the enlarged painting, strip by strip."""

    def __init__(self, frame: Frame, small: Frame, painted: Frame, ratio: Ratio, tones: Tones | None) -> None:
        self._frame, self._painted, self._ratio, self._tones = frame, painted, ratio, tones
        self._grey = self._brightness(small)
        self._slope = np.round(_UNIT * slope(self._grey, painted)).astype(np.int16)
        self._margin = max(2, ratio.denominator)
        """Rows of the small frame beside a strip that interpolation reaches, in a whole number of periods."""

    def rows(self, rows: slice, out: Frame) -> None:
        """Writes those rows, which begin at a multiple of the ratio's numerator, to `out`."""
        detail = cv2.subtract(self._brightness(self._frame[rows]), self._up(self._grey, rows), dtype=cv2.CV_16S)
        detail = cv2.multiply(self._up(self._slope, rows), detail, scale=1 / _UNIT, dtype=cv2.CV_16S)
        cv2.add(self._up(self._painted, rows), cv2.merge([detail] * 3), dst=out, dtype=cv2.CV_8U)

    def _brightness(self, frame: Frame) -> NDArray[np.uint8]:
        grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        return np.asarray(grey if self._tones is None else cv2.LUT(grey, self._tones), np.uint8)

    def _up(self, values: NDArray[Level], rows: slice) -> NDArray[Level]:
        """Those rows of the enlarged values: what enlarging all of them gives."""
        p, q = self._ratio.numerator, self._ratio.denominator
        height, width = self._frame.shape[:2]
        first, last = rows.start * q // p, -(-rows.stop // p) * q
        above, below = max(first - self._margin, 0), min(last + self._margin, values.shape[0])
        size_wh = covered_hw((height, width), self._ratio)[1], (below - above) * p // q
        whole: NDArray[Level] = cv2.resize(values[above:below], size_wh, interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
        start = (first - above) * p // q
        return whole[start : start + rows.stop - rows.start, :width]


def slope(grey: NDArray[np.uint8], painted: Frame) -> NDArray[np.float32]:
    """How much brighter the painting gets per level of the frame, in each place: cov(frame, painted) / var(frame).

    Args:
        grey: (height, width) uint8, brightness of the small frame.
        painted: (height, width, 3) uint8, its painting.

    Returns:
        (height, width) float32, REVERSED..STEEPEST, towards 0 where the frame has no structure.
    """
    height, width = grey.shape
    cells_wh = -(-width // 2), -(-height // 2)
    x, y = np.asarray(grey, np.float32), np.asarray(cv2.cvtColor(painted, cv2.COLOR_BGR2GRAY), np.float32)

    def mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
        cells = cv2.resize(values, cells_wh, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.blur(cells, (WINDOW, WINDOW)), np.float32)

    mean_x, mean_y = mean(x), mean(y)
    variance = mean(x * x) - mean_x * mean_x
    covariance = mean(x * y) - mean_x * mean_y
    found = np.clip(covariance / (variance + NOISE), REVERSED, STEEPEST)
    return np.asarray(cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
