"""Draws frames that are hard to paint well; the report shows them next to photographs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.frame import Frame

Light = NDArray[np.float32]
"""(H, W, 3) BGR, levels of 255, not yet clipped."""

SIZES_WH: Final = ((320, 240), (640, 480))


def difficult_frames(size_wh: tuple[int, int]) -> dict[str, Frame]:
    """The frames by name, uint8 BGR (H, W, 3): flat wall, dark room, face against a window, bright lamp, snow, text.

    Each has the noise of a webcam, more of it in the dark. All calls return the same frames.

    Args:
        size_wh: (width, height) in pixels.
    """
    rng = np.random.default_rng(0)
    frames = {}
    for name, (draw, sigma) in _SCENES.items():
        light = draw(*size_wh) + rng.normal(0, sigma, (size_wh[1], size_wh[0], 3)).astype(np.float32)
        frames[name] = np.clip(light, 0, 255).round().astype(np.uint8)
    return frames


def _even(width: int, height: int, colour: tuple[float, float, float]) -> Light:
    return np.full((height, width, 3), colour, np.float32)


def _axes(width: int, height: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """x and y of each pixel, (H, W), measured from the middle in units of the height."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return (x - width / 2) / height, (y - height / 2) / height


def _blob(width: int, height: int, x: float, y: float, rx: float, ry: float, soft: float) -> NDArray[np.float32]:
    """(H, W, 1): 1 inside an ellipse, 0 outside. `soft` is the width of its edge as a share of its radius."""
    across, down = _axes(width, height)
    distance = np.sqrt(np.square((across - x) / rx) + np.square((down - y) / ry))
    return np.asarray(np.clip((1 - distance) / soft + 0.5, 0, 1)[..., None], np.float32)


def _wall(width: int, height: int) -> Light:
    across, _ = _axes(width, height)
    return _even(width, height, (176, 190, 196)) + 14 * across[..., None]


def _dark_room(width: int, height: int) -> Light:
    room = _even(width, height, (14, 12, 13))
    screen = _blob(width, height, -0.35, 0.1, 0.18, 0.13, 0.8) * np.array((60, 44, 30), np.float32)
    face = _head(width, height, 0.1, 0.02) * np.array((24, 28, 36), np.float32)
    return room + screen + face


def _head(width: int, height: int, x: float, y: float) -> NDArray[np.float32]:
    """Head and shoulders, (H, W, 1), 1 inside and 0 outside."""
    shoulders = _blob(width, height, x, y + 0.42, 0.36, 0.25, 0.05)
    return np.maximum(_blob(width, height, x, y, 0.14, 0.19, 0.06), shoulders)


def _backlit(width: int, height: int) -> Light:
    across, down = _axes(width, height)
    room = _even(width, height, (70, 78, 84))
    window = (np.abs(across) < 0.5) & (down > -0.42) & (down < 0.25) & (np.abs(across) > 0.012)
    room[window] = (252, 250, 246)
    head = _head(width, height, 0.05, 0.02)
    face = np.array((30, 36, 48), np.float32) + 14 * across[..., None]
    for eye in (-0.05, 0.05):
        face = face - 14 * _blob(width, height, 0.05 + eye, -0.02, 0.025, 0.012, 0.4)
    return np.asarray(room * (1 - head) + face * head, np.float32)


def _lamp(width: int, height: int) -> Light:
    across, down = _axes(width, height)
    glow = np.exp(-np.hypot(across - 0.15, down + 0.1) / 0.22)[..., None]
    return np.asarray(_even(width, height, (34, 44, 62)) + glow * np.array((420, 620, 760), np.float32), np.float32)


def _snow(width: int, height: int) -> Light:
    across, down = _axes(width, height)
    field = _even(width, height, (250, 246, 242))
    sky = down < -0.15 + 0.04 * np.sin(5 * across)
    field[sky] = (238, 226, 214)
    for x in (-0.5, -0.3, 0.42):
        trunk = (np.abs(across - x) < 0.012) & (down > -0.4) & (down < 0.08)
        field[trunk] = (52, 60, 70)
    return field - 10 * _blob(width, height, 0.0, 0.3, 0.6, 0.06, 1.0)


def _text(width: int, height: int) -> Light:
    page = np.full((height, width, 3), (236, 240, 242), np.uint8)
    words = ("The quick brown fox", "jumps over the lazy dog", "0123456789 +-*/ (){}[]", "painted, live, steady")
    rows = 8
    for row in range(rows):
        scale = height / 480 * (1.3 if row < 4 else 0.6)
        at = (round(0.06 * width), round((row + 1) * height / (rows + 0.5)))
        cv2.putText(page, words[row % 4], at, cv2.FONT_HERSHEY_SIMPLEX, scale, (30, 24, 22), 1 + (row < 4), cv2.LINE_AA)
    return page.astype(np.float32)


_SCENES: Final[dict[str, tuple[Callable[[int, int], Light], float]]] = {
    "flat wall": (_wall, 2),
    "dark room": (_dark_room, 6),
    "backlit": (_backlit, 3),
    "lamp": (_lamp, 3),
    "snow": (_snow, 2),
    "text": (_text, 2),
}
"""How each frame is drawn, and the standard deviation of its noise in levels of 255."""
