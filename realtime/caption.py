"""Captions on pictures."""

from __future__ import annotations

import cv2

from nstcam.realtime.frame import Frame

_FONT, _AIR = cv2.FONT_HERSHEY_SIMPLEX, 4


def label(picture: Frame, text: str, scale: float = 0.5) -> None:
    """Writes into the upper left corner, in white on a darkened plate: readable on any picture.

    Not as white letters over thicker black ones: from OpenCV 5 on those are wider, and the two drift apart.

    Args:
        picture: (H, W, 3) BGR, changed in place; may be a part of a larger one.
        scale: of OpenCV's letters; 1 is 22 px high.
    """
    (width, height), below = cv2.getTextSize(text, _FONT, scale, 1)
    plate = picture[: height + below + 2 * _AIR, : width + 2 * _AIR]
    plate[:] = plate // 4
    cv2.putText(picture, text, (_AIR, height + _AIR), _FONT, scale, (255, 255, 255), 1, cv2.LINE_AA)
