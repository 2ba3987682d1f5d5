"""Measures the pace of the live picture while a person goes through all styles.

    python -m benchmarks.switching [--size 640x480] [--fps 15] [--rounds 2] [--hold 1.0] [--device auto] [--json FILE]

A test pattern plays at a steady rate into the live loop without a window. Once the second second has begun, every
`--hold` seconds the next style is asked for. An output in place of a recording notes the camera's time of each frame it
is given, which is what a recording writes, and when each style was asked for and first shown. Printed are the intervals
between frames as the median, the 95th percentile and the longest, apart for the time in which styles were still being
opened, and how long the switches took. The rate has to be one that the machine holds: otherwise the intervals are those
of the network. A loaded machine stretches all of them; the load is printed.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.tools.machine import processor, tell
from nstcam.realtime.capture.sources import Captured
from nstcam.realtime.capture.test_pattern import TestPattern
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.loop import run
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading
from nstcam.realtime.style_files.library import list_styles

FROM_SECOND: Final = 1.0
"""Seconds after the first frame, from which styles are asked for."""
READY_BYTES: Final = 1e9


class Steady:
    """Frames of the test pattern at a steady rate, the newest only, as cameras deliver them."""

    name = "pattern"

    def __init__(self, size_wh: tuple[int, int], fps: float) -> None:
        pattern = TestPattern(size_wh)
        self._frames, self._fps, self._open = [pattern.draw(number / fps) for number in range(60)], fps, True

    def __iter__(self) -> Iterator[Captured]:
        began, number = time.monotonic(), -1
        while self._open:
            number = max(number + 1, int((time.monotonic() - began) * self._fps))
            due = began + number / self._fps
            time.sleep(max(due - time.monotonic(), 0))
            yield Captured(self._frames[number % len(self._frames)], due, number)

    def close(self) -> None:
        self._open = False


class Times:
    """In place of a recording: notes the times of frames."""

    on = True

    def __init__(self) -> None:
        self.captured: list[float] = []

    def toggle(self) -> str:
        return ""

    def write(self, frame: Frame, seconds: float) -> None:  # noqa: ARG002 (an Output)
        self.captured.append(seconds)

    def close(self) -> str:
        return ""


class Switcher:
    """Asks for the next style every `hold` seconds, `switches` times, then ends the session."""

    def __init__(self, hold: float, switches: int) -> None:
        self._hold, self._left = hold, switches
        self._next: float | None = None
        self._asked: float | None = None
        self.took: list[tuple[float, float]] = []
        """When each style was asked for, and the seconds until it was the one that is shown."""
        self.all_open: float | None = None
        """time.monotonic() when the last style had been opened."""

    def obey(self, session: Session, reading: Reading) -> None:
        now, gallery = time.monotonic(), session.gallery
        if self.all_open is None and gallery.ready == len(gallery.styles):
            self.all_open = now
        if not reading.frames:
            return
        self._next = self._next or now + FROM_SECOND
        if self._asked is not None and gallery.styles.index(gallery.current) == gallery.wanted:
            self.took.append((self._asked, now - self._asked))
            self._asked = None
        if self._asked is None and now >= self._next:
            session.quit = self._left == 0
            self._left -= 1
            self._next, self._asked = now + self._hold, now
            gallery.step(1)


def figures(times: list[float], fps: float) -> dict[str, float]:
    """The median, the 95th percentile and the longest of the intervals between these times, in milliseconds, and the
    95th percentile in frames of the camera."""
    gaps = np.diff(times)
    if not gaps.size:
        return {}
    median, p95, longest = (float(value) for value in (np.median(gaps), np.percentile(gaps, 95), gaps.max()))
    return {"median_ms": 1000 * median, "p95_ms": 1000 * p95, "longest_ms": 1000 * longest, "p95_frames": p95 * fps}


def measure(size_wh: tuple[int, int], fps: float, hold: float, rounds: int, device: str) -> dict[str, Any]:
    styles = list_styles()
    gallery = Gallery(styles, lambda style: Stylizer(style, device), ready_bytes=READY_BYTES)
    times, switcher = Times(), Switcher(hold, rounds * len(styles))
    session = Session(gallery)
    session.recorder = times
    try:
        reading = run(Steady(size_wh, fps), session, output_size=size_wh, remote=switcher)
    finally:
        name = gallery.device
        gallery.close()
    opened = switcher.all_open or float("inf")
    early, late = ([1000 * took for at, took in switcher.took if (at < opened) is first] for first in (True, False))
    return {
        "device": name,
        "cpu": processor(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "styles": len(styles),
        "style_ms": reading.mean_ms,
        "while_opening": figures([t for t in times.captured if t <= opened], fps),
        "all_open": figures([t for t in times.captured if t > opened], fps),
        "longest_switch_ms": {"while_opening": max(early, default=None), "all_open": max(late, default=None)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="640x480")
    parser.add_argument("--fps", type=float, default=15)
    parser.add_argument("--hold", type=float, default=1.0, help="seconds from one style to the next")
    parser.add_argument("--rounds", type=int, default=2, help="times through all styles")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    width, height = (int(side) for side in arguments.size.split("x"))
    result = measure((width, height), arguments.fps, arguments.hold, arguments.rounds, arguments.device)
    tell(result, arguments.json)


if __name__ == "__main__":
    main()
