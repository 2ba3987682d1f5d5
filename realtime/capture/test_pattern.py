"""A moving test pattern, for trying nstcam without a camera."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np

from nstcam.realtime.capture.sources import Captured
from nstcam.realtime.frame import Frame

PATTERN_WH: Final = 640, 480
"""(width, height) in pixels, if no size is asked for."""
PATTERN_FPS: Final = 30.0


class TestPattern:
    """A source of moving shapes on a colour gradient, at `fps` frames per second."""

    __test__ = False  # not a test case, though pytest would think so by its name
    name = "test pattern"

    def __init__(self, size_wh: tuple[int, int] = PATTERN_WH, fps: float = PATTERN_FPS) -> None:
        self._size_wh, self._fps = size_wh, fps
        width, height = size_wh
        slope_x, slope_y = np.linspace(40, 200, width), np.linspace(40, 200, height)
        self._background = np.empty((height, width, 3), np.uint8)
        self._background[..., 0] = slope_x
        self._background[..., 1] = slope_y[:, None]
        self._background[..., 2] = 255 - (slope_x + slope_y[:, None]) / 2
        self._stop = threading.Event()

    def draw(self, seconds: float) -> Frame:
        """The picture at that time, uint8 (height, width, 3) BGR."""
        width, height = self._size_wh
        unit = min(width, height) // 10
        frame = self._background.copy()

        def orbit(speed: float, phase: float) -> tuple[int, int]:
            angle = speed * seconds + phase
            return int(width * (0.5 + 0.35 * np.cos(angle))), int(height * (0.5 + 0.35 * np.sin(1.3 * angle)))

        x, y = orbit(0.9, 0.0)
        cv2.rectangle(frame, (x - unit, y - unit), (x + unit, y + unit), (40, 60, 220), cv2.FILLED)
        cv2.circle(frame, orbit(0.6, 2.0), 2 * unit, (60, 210, 250), cv2.FILLED, cv2.LINE_AA)
        x, y = orbit(0.7, 4.0)
        corners = np.array([[x, y - 2 * unit], [x - 2 * unit, y + unit], [x + 2 * unit, y + unit]])
        cv2.fillPoly(frame, [corners], (80, 160, 40), cv2.LINE_AA)
        cv2.ellipse(frame, orbit(0.5, 5.0), (2 * unit, unit), 40 * seconds, 0, 300, (250, 250, 250), unit // 3 + 1)
        return frame

    def __iter__(self) -> Iterator[Captured]:
        start, number = time.monotonic(), 0
        while not self._stop.is_set():
            yield Captured(self.draw(number / self._fps), time.monotonic(), number)
            # Numbers of missed frames are skipped, as with a camera: they count as dropped.
            number = max(number + 1, int((time.monotonic() - start) * self._fps))
            self._stop.wait(max(0.0, start + number / self._fps - time.monotonic()))

    def close(self) -> None:
        self._stop.set()
