"""Camera modes: asking a camera for one, and measuring what it really delivers."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2

from nstcam.realtime.capture.opencv import Capture

FORMATS: Final = ("auto", "mjpg", "yuyv")
TRIAL_FRAMES: Final = 20
"""Frames that the rate is measured over."""
PATIENCE: Final = 5.0
"""Seconds without a frame, after which measuring gives up."""
COMMON_SIZES: Final = ((640, 480), (1280, 720), (1920, 1080))
"""Sizes (width, height) to try if the system does not list modes."""

_TOO_SLOW: Final = 0.7
"""A rate below this share of the one asked for gets a hint."""


@dataclass(frozen=True)
class Mode:
    """What to ask a camera for; None leaves the choice to the camera."""

    size_wh: tuple[int, int] | None = None
    fps: float | None = None
    format: str = "auto"
    """auto, or a fourcc such as mjpg."""


class Measured(NamedTuple):
    """What a camera really delivers."""

    size_wh: tuple[int, int]
    fourcc: str
    """Four letters; "" if the system does not say."""
    fps: float
    """0 if no frame came."""


def ask(capture: Capture, mode: Mode) -> None:
    """Asks for a mode. The camera may ignore it; `negotiated` tells what came of it.

    With format `auto`, MJPG is asked for together with a size or rate: large raw frames do not fit through USB 2.
    """
    wants = mode.size_wh is not None or mode.fps is not None
    fourcc = mode.format.upper() if mode.format != "auto" else "MJPG" if wants else ""
    # Elsewhere the format comes before the size: V4L2 accepts only sizes of the current format (opencv #9540). On
    # Windows it comes last: setting the size makes DirectShow fall back to YUY2.
    format_last = sys.platform == "win32"
    if fourcc and not format_last:
        capture.set(cv2.CAP_PROP_FOURCC, fourcc_code(fourcc))
    if mode.size_wh:
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, mode.size_wh[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, mode.size_wh[1])
    if mode.fps:
        capture.set(cv2.CAP_PROP_FPS, mode.fps)
    if fourcc and format_last:
        capture.set(cv2.CAP_PROP_FOURCC, fourcc_code(fourcc))


def measure(capture: Capture, clock: Callable[[], float] = time.monotonic) -> Measured:
    """Reads TRIAL_FRAMES frames and measures their size and rate; gives up after PATIENCE seconds without any."""
    opened, began, got, size_wh = clock(), None, 0, (0, 0)
    for _ in range(2 * TRIAL_FRAMES):
        ok, frame = capture.read()
        if not ok:
            if began is None and clock() - opened > PATIENCE:
                break
            continue
        size_wh = frame.shape[1], frame.shape[0]
        if began is None:
            began = clock()  # not counted: a camera takes a while to wake up
            continue
        got += 1
        if got == TRIAL_FRAMES:
            break
    fps = got / max(clock() - began, 1e-9) if began is not None and got else 0.0
    return Measured(size_wh, fourcc_name(capture.get(cv2.CAP_PROP_FOURCC)), fps)


def negotiated(capture: Capture, mode: Mode, clock: Callable[[], float] = time.monotonic) -> str:
    """One line about what really comes, such as `1280x720 MJPG 29.8 fps (asked 30)`, with a hint if it is slow."""
    return mode_line(measure(capture, clock), mode)


def mode_line(measured: Measured, mode: Mode) -> str:
    """As `negotiated`, for something already measured. `mode` is what was asked for."""
    size_wh, fourcc, fps = measured
    if not fps:
        return "no frames came; check whether another program uses the camera"
    line = f"{size_wh[0]}x{size_wh[1]} {fourcc} {fps:.1f} fps".replace("  ", " ")
    if mode.fps:
        line += f" (asked {mode.fps:g})"
    if mode.size_wh and size_wh != mode.size_wh:
        line += f"; the camera has no {mode.size_wh[0]}x{mode.size_wh[1]}"
    if mode.fps and fps < _TOO_SLOW * mode.fps:
        raw = fourcc in ("YUYV", "YUY2")
        line += "; raw frames are slow over USB, try --format mjpg" if raw else "; more light may make it faster"
    return line


def fourcc_code(name: str) -> int:
    """The number that stands for four letters, such as "MJPG"."""
    return int.from_bytes(name.encode("ascii"), "little")


def fourcc_name(code: float) -> str:
    """The four letters of a code, as OpenCV returns it; "" if it has none."""
    letters = int(code).to_bytes(4, "little", signed=False) if 0 < code < 2**32 else b""
    return letters.decode("ascii") if letters.isalnum() else ""
