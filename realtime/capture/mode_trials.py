"""The modes of a camera: those that its driver lists, and what each of them really delivers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from nstcam.realtime.capture.cameras import CameraInfo
from nstcam.realtime.capture.modes import COMMON_SIZES, Measured, Mode, ask, measure, mode_line
from nstcam.realtime.capture.opencv import Capture
from nstcam.realtime.capture.v4l2 import DriverMode, list_modes
from nstcam.realtime.errors import NstError


@dataclass(frozen=True)
class Trial:
    """A mode that was asked for, and what came; `error` instead if the camera could not be opened."""

    asked: Mode
    measured: Measured | None = None
    error: str = ""

    @property
    def line(self) -> str:
        return self.error if self.measured is None else mode_line(self.measured, self.asked)

    @property
    def works(self) -> bool:
        """Whether frames of the size asked for came, at whatever rate."""
        return self.measured is not None and self.measured.fps > 0 and self.measured.size_wh == self.asked.size_wh


def driver_modes(camera: CameraInfo) -> list[DriverMode]:
    """The modes that the driver lists; none outside Linux, where drivers cannot be asked."""
    return list_modes(camera.index) if sys.platform == "linux" else []


def to_try(listed: Sequence[DriverMode]) -> list[Mode]:
    """Each listed size of each format, at its highest rate; common sizes if no modes are listed."""
    if not listed:
        return [Mode(size) for size in COMMON_SIZES]
    return [Mode(mode.size_wh, max(mode.fps, default=None), mode.fourcc.lower()) for mode in listed]


def try_out(modes: Sequence[Mode], open_capture: Callable[[], Capture]) -> Iterator[Trial]:
    """Tries one mode after the other. The camera is opened anew for each: many drivers keep their first mode."""
    for mode in modes:
        try:
            capture = open_capture()
        except NstError as error:
            yield Trial(mode, error=str(error))
            return
        try:
            ask(capture, mode)
            yield Trial(mode, measure(capture))
        finally:
            capture.release()


def listing(listed: Sequence[DriverMode]) -> list[str]:
    """One line per format: `MJPG  1280x720 at 30 15, 640x480 at 30`."""
    lines = []
    for fourcc, modes in groupby(listed, key=lambda mode: mode.fourcc):
        sizes = [f"{_size(mode.size_wh)} at {' '.join(f'{fps:g}' for fps in mode.fps)}" for mode in modes]
        lines.append(f"{fourcc}  {', '.join(size.removesuffix(' at ') for size in sizes)}")
    return lines


def record(camera: CameraInfo, listed: Sequence[DriverMode], trials: Sequence[Trial]) -> dict[str, object]:
    """A camera, its modes and what came of them, as JSON for other programs."""
    return {
        "index": camera.index,
        "name": camera.name,
        "modes": [{"format": mode.fourcc, "size": _size(mode.size_wh), "fps": list(mode.fps)} for mode in listed],
        "measured": [
            {
                "asked": {"format": trial.asked.format, "size": _size(trial.asked.size_wh), "fps": trial.asked.fps},
                "format": trial.measured.fourcc if trial.measured else None,
                "size": _size(trial.measured.size_wh) if trial.measured else None,
                "fps": round(trial.measured.fps, 1) if trial.measured else 0.0,
                "works": trial.works,
                "text": trial.line,
            }
            for trial in trials
        ],
    }


def _size(size_wh: tuple[int, int] | None) -> str | None:
    return f"{size_wh[0]}x{size_wh[1]}" if size_wh else None
