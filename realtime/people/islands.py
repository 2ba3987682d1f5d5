"""Decides which regions that look like a person are one: small islands are dropped, and people do not flicker."""

from __future__ import annotations

from typing import Any, Final

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
    likely_enough = likely > WEAK
    # Labels of 16 bits, or OpenCV would wake its other threads for them.
    count, labels = cv2.connectedComponents(likely_enough.view(np.uint8), connectivity=8, ltype=cv2.CV_16U)
    if count == 1:
        return np.zeros(likely.shape, np.bool_)
    strong = likely > STRONG
    if count == 2:  # one island, as a rule, which takes a few counts
        still = 0 if before is None else np.count_nonzero(likely_enough & before)
        stays = _stays(np.count_nonzero(likely_enough), np.count_nonzero(strong), still, likely.size)
        return likely_enough if stays else np.zeros(likely.shape, np.bool_)
    area, sure = np.bincount(labels.ravel()), np.bincount(labels[strong], minlength=count)
    kept = 0 if before is None else np.bincount(labels[before], minlength=count)
    stays = _stays(area, sure, kept, likely.size)
    stays[0] = False
    people: Places = stays[labels]
    return people


def _stays(area: Any, sure: Any, kept: Any, places: int) -> Any:
    """Whether islands are people.

    Args:
        area, sure, kept: numbers of places: of each island, likely ones in it, and those of people before.
        places: of the picture.
    """
    recognised = (sure >= SURE_SHARE * area) | ((kept >= KEPT_SHARE * area) & (sure > 0))
    return recognised & (area >= SMALLEST * places)
