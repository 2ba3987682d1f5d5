"""The mask at the size of the frame, along the frame's own edges: hair and fingers that the network cannot see.

The guided filter (He, Sun and Tang 2013, "Guided Image Filtering") with its coefficients found at the small size (He
and Sun 2015, "Fast Guided Filter", arXiv 1505.00996): near each place the mask is a linear function of the frame's
brightness, fitted to what the network says.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from nstcam.realtime.effects.strips import in_strips
from nstcam.realtime.frame import Frame
from nstcam.realtime.people.carry import Likely
from nstcam.realtime.people.runs import Mask

ALONE: Final = 640 * 480
"""Pixels up to which waking other threads costs more than they do: 0.15 ms of 0.55."""
WINDOW: Final = 5
"""Side of the window of the regression, in places of the small mask."""
NOISE: Final = 60.0
"""Squared levels added to the variance of the frame: below it, structure counts as noise."""
LOW: Final = 0.25
HIGH: Final = 0.75
"""The mask rises from 0 to 1 between these: a soft edge, but no veil over the whole picture."""


def refined(frame: Frame, places: Frame, likely: Likely) -> Mask:
    """The mask of a frame, at its size.

    Args:
        frame: (height, width, 3) uint8 BGR.
        places: (rows, columns, 3), the frame at the size of `likely`.
        likely: (rows, columns), 0..1, what the network says.
    """
    height, width = frame.shape[:2]
    slope, base = _fitted(np.asarray(cv2.cvtColor(places, cv2.COLOR_BGR2GRAY), np.float32), likely)
    # The rise from LOW to HIGH and the 255 levels are part of the linear function, which costs nothing.
    steep = 255 / (HIGH - LOW)
    slopes = cv2.resize(steep * slope, (width, height), interpolation=cv2.INTER_LINEAR)
    bases = cv2.resize(steep * (base - LOW), (width, height), interpolation=cv2.INTER_LINEAR)
    mask = np.empty((height, width), np.uint8)

    def work(rows: slice) -> None:
        # In place: new memory, even if it is there at once, is in no cache, and that takes a third of the time.
        product = slopes[rows]
        cv2.multiply(cv2.cvtColor(frame[rows], cv2.COLOR_BGR2GRAY), product, dst=product, dtype=cv2.CV_32F)
        cv2.add(product, bases[rows], dst=mask[rows], dtype=cv2.CV_8U)

    if mask.size <= ALONE:
        work(slice(None))
    else:
        in_strips(height, work)
    return mask


def _fitted(grey: NDArray[np.float32], likely: Likely) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Slope and base, per place, of the linear function that gives `likely` from the brightness around it."""

    def mean(values: MatLike) -> NDArray[np.float32]:
        return np.asarray(cv2.blur(values, (WINDOW, WINDOW)), np.float32)

    mean_grey, mean_likely = mean(grey), mean(likely)
    covariance = mean(cv2.multiply(grey, likely)) - mean_grey * mean_likely
    slope = np.asarray(covariance / (mean(cv2.multiply(grey, grey)) - mean_grey * mean_grey + NOISE), np.float32)
    return mean(slope), mean(np.asarray(mean_likely - slope * mean_grey, np.float32))
