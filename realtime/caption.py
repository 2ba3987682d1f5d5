"""Words on pictures: a caption, and lines of text of any height."""

from __future__ import annotations

from typing import Final

import cv2

from nstcam.realtime.frame import Frame

FONT: Final = cv2.FONT_HERSHEY_SIMPLEX
_AIR: Final = 4


def label(picture: Frame, text: str, scale: float = 0.5) -> None:
    """Writes text into the upper left corner, in white on a darkened plate, which is readable on any picture.

    White letters over thicker black ones do not work: since OpenCV 5 thicker letters are wider, so the two drift apart.

    Args:
        picture: (H, W, 3) BGR uint8, changed in place; may be a view of a larger picture.
        scale: size of OpenCV's letters; at 1 they are 22 px high.
    """
    (width, height), below = cv2.getTextSize(text, FONT, scale, 1)
    plate = picture[: height + below + 2 * _AIR, : width + 2 * _AIR]
    plate[:] = plate // 4
    cv2.putText(picture, text, (_AIR, height + _AIR), FONT, scale, (255, 255, 255), 1, cv2.LINE_AA)


def letter_scale(line: int) -> float:
    """The scale of OpenCV's letters for lines of that height in pixels: letters of scale 1 are 22 px high, and the rest
    of a line is space."""
    return line / 38


def text_width(text: str, line: int) -> int:
    """Width of `text` in pixels, for lines of that height."""
    (width, _), _ = cv2.getTextSize(text, FONT, letter_scale(line), 1)
    return int(width)


def fitted(text: str, room: int, line: int) -> str:
    """`text` if it fits into `room` pixels, else as much of its beginning as does, with dots."""
    if text_width(text, line) <= room:
        return text
    while text and text_width(text + "...", line) > room:
        text = text[:-1]
    return text.rstrip() + "..." if text else ""


def write(picture: Frame, text: str, x: int, y: int, line: int, colour: tuple[int, int, int] = (255, 255, 255)) -> None:
    """Writes a line of that height with its letters standing on row `y`, in place; `colour` is BGR."""
    cv2.putText(picture, text, (x, y), FONT, letter_scale(line), colour, 1, cv2.LINE_AA)
