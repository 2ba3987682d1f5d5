"""The screen, or a region of it, as a live source. Needs mss, an optional package."""

from __future__ import annotations

import importlib
import re
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import cv2
import numpy as np

from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import SMALLEST_SIDE, Frame

SPEC: Final = "screen"
FPS: Final = 30.0
_REGION: Final = re.compile(r"(\d{1,9})[xX](\d{1,9})\+(\d{1,9})\+(\d{1,9})")


class Region(NamedTuple):
    """A rectangle in pixels on the desktop, which spans all monitors."""

    left: int
    top: int
    width: int
    height: int


class ScreenSpec(NamedTuple):
    """Which part of the screen to capture: a region, or a whole monitor."""

    monitor: int = 1
    """Counts from 1."""
    region: Region | None = None


def is_screen(spec: str) -> bool:
    """Whether a value of --camera means the screen; parse_screen may still refuse it."""
    return spec == SPEC or spec.startswith(f"{SPEC}:")


def parse_screen(spec: str) -> ScreenSpec:
    """`screen`, `screen:2` (the second monitor) or `screen:WxH+X+Y`.

    Raises:
        SourceError: it is none of these, or the region is smaller than styles can work at.
    """
    part = spec.removeprefix(SPEC).removeprefix(":")
    if not part:
        return ScreenSpec()
    if re.fullmatch(r"\d{1,9}", part) and int(part) >= 1:
        return ScreenSpec(int(part))
    match = _REGION.fullmatch(part)
    if match is None:
        raise SourceError(
            f"{spec[:100]} is not a part of the screen; write {SPEC}, {SPEC}:2 or {SPEC}:WIDTHxHEIGHT+X+Y"
        )
    width, height, left, top = (int(number) for number in match.groups())
    if min(width, height) < SMALLEST_SIDE:
        raise SourceError(f"{spec} is too small; styles need at least {SMALLEST_SIDE}x{SMALLEST_SIDE}")
    return ScreenSpec(region=Region(left, top, width, height))


def read_screen(spec: ScreenSpec, stop: threading.Event, fps: float = FPS) -> Iterator[Frame]:
    """Yields frames of the screen at that rate, or as fast as it can be read. To be iterated in a single thread: mss
    ties itself to the thread that opens it.

    Raises:
        SourceError: the package is missing, the screen has no such part, or it cannot be read.
    """
    try:
        library = importlib.import_module("mss")
    except ImportError:
        raise SourceError("capturing the screen needs a package; pip install 'nstcam[screen]'") from None
    try:
        with library.MSS() as grabber:
            box = _box(spec, grabber.monitors)._asdict()
            due = time.monotonic()
            while not stop.is_set():
                pixels = np.asarray(grabber.grab(box))
                yield cv2.cvtColor(pixels, cv2.COLOR_BGRA2BGR).astype(np.uint8, copy=False)
                due = max(due + 1 / fps, time.monotonic())
                stop.wait(due - time.monotonic())
    except library.ScreenShotError as error:
        hint = {
            "darwin": "allow the terminal to record it in System Settings, Privacy & Security, Screen Recording",
            "linux": "this needs an X11 session; under Wayland only windows of XWayland can be captured",
        }.get(sys.platform, "check whether the session is locked")
        raise SourceError(f"the screen cannot be read ({' '.join(str(error).split())}); {hint}") from error


def _box(spec: ScreenSpec, monitors: list[dict[str, Any]]) -> Region:
    """The rectangle to capture. `monitors` is what mss lists: the whole desktop, then each monitor."""
    desktop, *single = [Region(m["left"], m["top"], m["width"], m["height"]) for m in monitors]
    if spec.region is None:
        if spec.monitor > len(single):
            raise SourceError(f"{SPEC}:{spec.monitor}: there is no monitor {spec.monitor}; choose 1 to {len(single)}")
        return single[spec.monitor - 1]
    box = spec.region
    right, bottom = desktop.left + desktop.width, desktop.top + desktop.height
    if box.left + box.width > right or box.top + box.height > bottom:  # left and top of the desktop are 0 or less
        raise SourceError(
            f"the region {box.width}x{box.height}+{box.left}+{box.top} is not within the desktop of "
            f"{desktop.width}x{desktop.height}; choose one that is"
        )
    return box
