"""Carrying over what was found in one frame to one of the next, along with what has moved since.

Only slow motion is followed, or that of the whole picture, and only where it explains the new frame: a hand that comes
into view is in none before.
"""

from __future__ import annotations

import math
from typing import Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

STRANGE: Final = 20
"""Levels of 255. A place that changes by more has changed; camera noise of 4 levels is 1 in the mean of a place."""
MOST_CHANGED: Final = 0.035
"""With a larger share of such places, only the whole picture may have moved: everything else would be too fast."""
MOST_STRANGE: Final = 0.006
"""The share of places that may still be such when things are moved back to where they were: thin edges ..."""
MOST_STRANGE_SHIFTED: Final = 0.012
"""... of which a picture that moves as a whole has more, all sharp ones, where it moves by half a place ..."""
BLOCK: Final = np.ones((3, 3), np.uint8)
"""... but no whole block of places, which is something new."""
FAR: Final = 1.0
"""Places. Where things have moved further, the outline would get worse ..."""
MOST_FAR: Final = 0.002
"""... so a larger share of the places may not have."""
MOST_SHIFTED: Final = 3.0
"""Places by which the whole picture may have moved, as what came into view at its border has not been looked at."""
SPARSE: Final = 4
"""Every so many rows and columns, a place is asked how far the picture has moved."""

Likely = NDArray[np.float32]
"""(rows, columns), 0..1: how likely each place shows a person."""
Grey = NDArray[np.uint8]
"""(rows, columns), the brightness of each place."""
Number = TypeVar("Number", np.uint8, np.float32)


class Carrier:
    """Finds motion by dense optical flow (Kroeger et al. 2016, "Fast Optical Flow using Dense Inverse Search", arXiv
    1603.03590). To be used by one thread at a time."""

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._places: NDArray[np.float32] = np.zeros((0, 0, 2), np.float32)
        """x and y of each place."""

    def carried(self, likely: Likely, before: Grey, now: Grey) -> Likely | None:
        """What was likely in the picture `before`, as it is in the picture `now`; None if that cannot be told.

        Args:
            likely, before, now: of the same shape.
        """
        came_from = self._flow.calc(now, before, None)  # type: ignore[call-overload]  # None: new memory
        across, down = cv2.split(cv2.absdiff(came_from, np.zeros_like(came_from)))
        far = cv2.blur(cv2.max(across, down), (3, 3))
        if _share(_strange(before, now)) > MOST_CHANGED or _share((far > FAR).view(np.uint8)) > MOST_FAR:
            return _shifted(likely, before, now, came_from)
        if self._places.shape != came_from.shape:
            rows, columns = np.mgrid[: now.shape[0], : now.shape[1]]
            self._places = np.dstack((columns, rows)).astype(np.float32)
        came_from += self._places
        if not _explained(_picked(before, came_from), now, MOST_STRANGE):
            return None
        return np.asarray(_picked(likely, came_from), np.float32)


def _shifted(likely: Likely, before: Grey, now: Grey, came_from: NDArray[np.float32]) -> Likely | None:
    """What was likely, moved as most of the picture was; None if that does not explain the picture.

    Args:
        came_from: (rows, columns, 2), x and y of the motion found for each place.
    """
    some = came_from[::SPARSE, ::SPARSE].reshape(-1, 2)
    across, down = np.partition(some, len(some) // 2, axis=0)[len(some) // 2]  # the median, in a third of its time
    if max(abs(across), abs(down)) > MOST_SHIFTED:
        return None
    way = np.array([[1, 0, across], [0, 1, down]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP

    def moved(values: NDArray[Number]) -> NDArray[Number]:
        out = cv2.warpAffine(values, way, values.shape[::-1], flags=how, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(out, values.dtype)

    seen = _seen(now.shape[0], down), _seen(now.shape[1], across)
    expected, found = (np.ascontiguousarray(each[seen]) for each in (moved(before), now))
    return moved(likely) if _explained(expected, found, MOST_STRANGE_SHIFTED) else None


def _seen(length: int, ahead: float) -> slice:
    """The places along one side that were in view when what they show was so many places ahead."""
    return slice(max(math.ceil(-ahead), 0), length - max(math.ceil(ahead), 0))


def _explained(expected: Grey, now: Grey, most: float) -> bool:
    """Whether the picture is as expected, but for thin edges: at most that share of the places."""
    strange = _strange(expected, now)
    return _share(strange) <= most and not cv2.countNonZero(cv2.erode(strange, BLOCK))


def _picked(values: NDArray[np.uint8 | np.float32], at: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(cv2.remap(values, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))  # type: ignore[call-overload]


def _strange(one: Grey, other: Grey) -> NDArray[np.uint8]:
    """1 for the places in which the two differ, otherwise 0."""
    return (cv2.absdiff(one, other) > STRANGE).view(np.uint8)


def _share(places: NDArray[np.uint8]) -> float:
    return cv2.countNonZero(places) / places.size
