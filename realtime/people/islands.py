"""Decides which regions that look like a person are one: small islands are dropped, and people do not flicker."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.people.carry import Likely

WEAK: Final = 0.3
"""A place below it is not a person; neighbouring places above it form an island."""
STRONG: Final = 0.8
"""A new island needs places at least as likely as this ..."""
SURE_SHARE: Final = 0.25
"""... in this share of its area."""
KEPT_SHARE: Final = 0.3
"""An island stays as long as people were in this share of it."""
SMALLEST: Final = 0.004
"""A smaller island, as a share of the picture, is not a person: the network takes lamps and pictures on walls for
heads."""

Places = NDArray[np.bool_]


def people_among(likely: Likely, before: Places | None) -> Places:
    """The places of people.

    Args:
        likely: (rows, columns), 0..1.
        before: the result of the frame before, of the same shape; None if there is none.

    Returns:
        (rows, columns), True for people and their soft edges.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats((likely > WEAK).astype(np.uint8), connectivity=8)
    if count == 1:
        return np.zeros(likely.shape, np.bool_)
    area = stats[:, cv2.CC_STAT_AREA]
    sure = np.bincount(labels[likely > STRONG], minlength=count)
    stays = sure >= SURE_SHARE * area
    if before is not None:
        stays |= (np.bincount(labels[before], minlength=count) >= KEPT_SHARE * area) & (sure > 0)
    stays &= area >= SMALLEST * likely.size
    stays[0] = False
    people: Places = stays[labels]
    return people
