"""Modes of cameras: asking for one, and measuring what really comes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

import cv2

FORMATS: Final = ("auto", "mjpg", "yuyv")
TRIAL_FRAMES: Final = 20
PATIENCE: Final = 5.0
"""Seconds without any frame after which measuring gives up."""
COMMON_SIZES: Final = ((640, 480), (1280, 720), (1920, 1080))
"""To try where the system does not list modes."""

_TOO_SLOW: Final = 0.7
"""Share of the asked rate below which it is worth a hint."""


@dataclass(frozen=True)
class Mode:
    """What to ask a camera for; None leaves it to the camera."""

    size_wh: tuple[int, int] | None = None
    fps: float | None = None
    format: str = "auto"
    """auto, or a fourcc."""


class Settable(Protocol):
    """What is used of cv2.VideoCapture."""

    def get(self, propId: int) -> float: ...  # noqa: N803 (OpenCV's own name)

    def set(self, propId: int, value: float) -> bool: ...  # noqa: N803

    def read(self) -> tuple[bool, Any]:
        """Whether a frame came, and the frame."""


class Measured(NamedTuple):
    """What a camera really gives."""

    size_wh: tuple[int, int]
    fourcc: str
    """Four letters, "" where the system does not tell."""
    fps: float
    """0 where no frame came."""


def ask(capture: Settable, mode: Mode) -> None:
    """Asks for a mode; `negotiated` tells what came of it.

    MJPG with `auto` only where a size or rate is asked for: raw frames of large sizes do not fit through USB 2.
    """
    wants = mode.size_wh is not None or mode.fps is not None
    fourcc = mode.format.upper() if mode.format != "auto" else "MJPG" if wants else ""
    if fourcc and sys.platform != "win32":  # before the size: V4L2 takes sizes of the format (opencv #9540)
        capture.set(cv2.CAP_PROP_FOURCC, fourcc_code(fourcc))
    if mode.size_wh:
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, mode.size_wh[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, mode.size_wh[1])
    if mode.fps:
        capture.set(cv2.CAP_PROP_FPS, mode.fps)
    if fourcc and sys.platform == "win32":  # DirectShow falls back to YUY2 when the size is set after it
        capture.set(cv2.CAP_PROP_FOURCC, fourcc_code(fourcc))


def measure(capture: Settable, clock: Callable[[], float] = time.monotonic) -> Measured:
    """Reads some frames."""
    opened, began, got, size_wh = clock(), None, 0, (0, 0)
    for _ in range(2 * TRIAL_FRAMES):
        ok, frame = capture.read()
        if not ok:
            if began is None and clock() - opened > PATIENCE:
                break
            continue
        size_wh = frame.shape[1], frame.shape[0]
        if began is None:
            began = clock()  # the first frame waits for the camera to wake up
            continue
        got += 1
        if got == TRIAL_FRAMES:
            break
    fps = got / max(clock() - began, 1e-9) if began is not None and got else 0.0
    return Measured(size_wh, fourcc_name(capture.get(cv2.CAP_PROP_FOURCC)), fps)


def negotiated(capture: Settable, mode: Mode, clock: Callable[[], float] = time.monotonic) -> str:
    """One line on what really comes, `1280x720 MJPG 29.8 fps (asked 30)`, with a hint if it is slow."""
    return mode_line(measure(capture, clock), mode)


def mode_line(measured: Measured, mode: Mode) -> str:
    size_wh, fourcc, fps = measured
    if not fps:
        return "no frames came; is another program using it?"
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
    return int.from_bytes(name.encode("ascii"), "little")


def fourcc_name(code: float) -> str:
    letters = int(code).to_bytes(4, "little", signed=False) if 0 < code < 2**32 else b""
    return letters.decode("ascii") if letters.isalnum() else ""
