"""Frames that carry their number as black and white squares, to be found again in what is shown."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Final

from nstcam.realtime.capture.test_pattern import TestPattern
from nstcam.realtime.frame import Frame

BITS: Final = 16


def draw_number(frame: Frame, number: int) -> None:
    """Draws a row of squares at the top: white, black, then the bits of the number, highest first."""
    side = frame.shape[1] / (BITS + 2)
    for place, bit in enumerate("10" + format(number % 2**BITS, f"0{BITS}b")):
        frame[: round(side), round(place * side) : round((place + 1) * side)] = 255 if bit == "1" else 0


def read_number(frame: Frame) -> int | None:
    """The number in a frame of any size or in its negative; None if the squares cannot be told apart."""
    side = frame.shape[1] / (BITS + 2)
    row, reach = round(side / 2), max(round(side / 6), 1)
    centres = [round((place + 0.5) * side) for place in range(BITS + 2)]
    greys = [frame[row - reach : row + reach, x - reach : x + reach].mean() for x in centres]
    white, black = greys[:2]
    if abs(white - black) < 64:
        return None
    bits = [(grey - black) / (white - black) > 0.5 for grey in greys[2:]]
    return int("".join("1" if bit else "0" for bit in bits), 2)


class NumberCamera:
    """Delivers numbered frames at a fixed rate and remembers when each was taken."""

    def __init__(self, size_wh: tuple[int, int], fps: float, seconds: float) -> None:
        self._fps, self._count = fps, round(fps * seconds)
        pattern = TestPattern(size_wh)
        self._pictures = [pattern.draw(step / 10) for step in range(30)]
        self.taken: dict[int, float] = {}

    def read(self, stop: threading.Event) -> Iterator[Frame]:
        began = time.monotonic()
        for number in range(self._count):
            frame = self._pictures[number % len(self._pictures)].copy()
            draw_number(frame, number)
            if stop.wait(max(0.0, began + number / self._fps - time.monotonic())):
                return
            self.taken[number] = time.monotonic()
            yield frame

    def number_at(self, seconds: float) -> int:
        """The number of the newest frame at that time."""
        return max(number for number, taken in self.taken.items() if taken <= seconds)
