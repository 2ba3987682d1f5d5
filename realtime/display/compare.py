"""Comparing the painted picture with the original, in the preview only."""

from __future__ import annotations

from enum import Enum
from typing import Final

import cv2
import numpy as np

from nstcam.realtime.frame import Frame, letterbox

_LINE: Final = (255, 255, 255)


class Compare(Enum):
    """Ways to compare, in the order in which key c goes through them; each value is the message to the user."""

    OFF = "compare off"
    WIPE = "compare: the mouse moves the line, the original is on its left"
    SIDES = "compare: original and painted side by side"

    @property
    def following(self) -> Compare:
        """The way after this one; OFF after the last."""
        kinds = list(Compare)
        return kinds[(kinds.index(self) + 1) % len(kinds)]


def compared(original: Frame, painted: Frame, how: Compare, at: float = 0.5) -> Frame:
    """A picture of both, (height, width, 3) like `painted`; `painted` itself with OFF.

    Args:
        original: BGR, as large as `painted`.
        at: the position of the line for WIPE, from 0 at the left to 1 at the right.
    """
    if how is Compare.OFF:
        return painted
    if how is Compare.SIDES:
        height, width = painted.shape[:2]
        return letterbox(np.hstack((original, painted)), (width, height))
    width = painted.shape[1]
    x = round(min(max(at, 0.0), 1.0) * width)
    out = painted.copy()
    out[:, :x] = original[:, :x]
    cv2.line(out, (x, 0), (x, out.shape[0]), _LINE, max(width // 400, 1))
    return out
