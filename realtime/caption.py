"""label(): writes a caption on a picture."""

from __future__ import annotations

import cv2

from nstcam.realtime.frame import Frame

_FONT, _AIR = cv2.FONT_HERSHEY_SIMPLEX, 4


def label(picture: Frame, text: str, scale: float = 0.5) -> None:
    """Writes text into the upper left corner, in white on a darkened plate, which is readable on any picture.

    White letters over thicker black ones do not work: since OpenCV 5 thicker letters are wider, so the two drift apart.

    Args:
        picture: (H, W, 3) BGR uint8, changed in place; may be a view of a larger picture.
        scale: size of OpenCV's letters; at 1 they are 22 px high.
    """
    (width, height), below = cv2.getTextSize(text, _FONT, scale, 1)
    plate = picture[: height + below + 2 * _AIR, : width + 2 * _AIR]
    plate[:] = plate // 4
    cv2.putText(picture, text, (_AIR, height + _AIR), _FONT, scale, (255, 255, 255), 1, cv2.LINE_AA)
