"""Cameras by name, and asking them for a mode and seeing what really comes."""

from __future__ import annotations

import importlib
import struct
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import cv2

from realtime.errors import SourceError

SYSFS: Final = Path("/sys/class/video4linux")
FORMATS: Final = ("auto", "mjpg", "yuyv")
TRIAL_FRAMES: Final = 20

_QUERYCAP: Final = 0x80685600
"""VIDIOC_QUERYCAP; struct v4l2_capability is 104 bytes, device_caps at 88."""
_CAPTURE: Final = 0x1 | 0x1000
"""V4L2_CAP_VIDEO_CAPTURE, also multi-planar; metadata nodes have neither."""
_TOO_SLOW: Final = 0.7
"""Share of the asked rate below which it is worth a hint."""


@dataclass(frozen=True)
class CameraInfo:
    index: int
    name: str


@dataclass(frozen=True)
class Mode:
    """What to ask a camera for; None leaves it to the camera."""

    size_wh: tuple[int, int] | None = None
    fps: float | None = None
    format: str = "auto"


class Settable(Protocol):
    """What is used of cv2.VideoCapture."""

    def get(self, propId: int) -> float: ...  # noqa: N803 (OpenCV's own name)

    def set(self, propId: int, value: float) -> bool: ...  # noqa: N803

    def read(self) -> tuple[bool, Any]:
        """Whether a frame came, and the frame."""


def list_cameras() -> list[CameraInfo]:
    """The cameras of this machine, by the index they are opened with.

    Raises:
        SourceError: this system needs the package cv2-enumerate-cameras for it.
    """
    if sys.platform == "linux":
        return list_linux(SYSFS, device_caps)
    try:
        enumerate_cameras = importlib.import_module("cv2_enumerate_cameras").enumerate_cameras
    except ImportError:
        raise SourceError("names of cameras need a package: pip install 'nstcam[cameras]'") from None
    # Indices of one backend mean other cameras in another: the one that sources.open_camera opens.
    backend = cv2.CAP_DSHOW if sys.platform == "win32" else cv2.CAP_AVFOUNDATION
    return [CameraInfo(found.index % 100, found.name) for found in enumerate_cameras(backend)]


def list_linux(sysfs: Path, caps_of: Callable[[int], int | None]) -> list[CameraInfo]:
    """Cameras by sysfs; nodes that are known not to capture (metadata, outputs) are left out."""
    found = []
    for node in sysfs.glob("video*"):
        number = node.name.removeprefix("video")
        if not number.isdecimal():
            continue
        caps = caps_of(int(number))
        if caps is None or caps & _CAPTURE:
            name = (node / "name").read_text(errors="replace").strip() if (node / "name").is_file() else node.name
            found.append(CameraInfo(int(number), name))
    return sorted(found, key=lambda camera: camera.index)


def device_caps(index: int) -> int | None:
    """V4L2's device_caps of /dev/videoN; None where it cannot be asked, e.g. without the right."""
    import fcntl

    answer = bytearray(104)
    try:
        with Path(f"/dev/video{index}").open("rb", buffering=0) as device:
            fcntl.ioctl(device, _QUERYCAP, answer)
    except OSError:
        return None
    caps: int = struct.unpack_from("=I", answer, 88)[0]
    return caps


def find_camera(name: str, cameras: Sequence[CameraInfo]) -> CameraInfo | None:
    """The camera of that name, or the only one whose name holds it, whatever the case.

    Raises:
        SourceError: several do.
    """
    exact = [camera for camera in cameras if camera.name.casefold() == name.casefold()]
    partly = exact or [camera for camera in cameras if name.casefold() in camera.name.casefold()]
    if len(partly) > 1 and not exact:
        raise SourceError(f"camera {name} could be {described(partly)}; give more of its name, or its number")
    return partly[0] if partly else None


def described(cameras: Sequence[CameraInfo]) -> str:
    return ", ".join(f'{camera.index} "{camera.name}"' for camera in cameras) or "none"


def ask(capture: Settable, mode: Mode) -> None:
    """Asks for a mode; `negotiated` tells what came of it.

    MJPG with `auto` only where a size or rate is asked for: raw frames of large sizes do not fit through USB 2.
    """
    wants = mode.size_wh is not None or mode.fps is not None
    fourcc = {"mjpg": "MJPG", "yuyv": "YUYV"}.get(mode.format, "MJPG" if wants else "")
    if fourcc and sys.platform != "win32":  # before the size: V4L2 takes sizes of the format (opencv #9540)
        capture.set(cv2.CAP_PROP_FOURCC, fourcc_code(fourcc))
    if mode.size_wh:
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, mode.size_wh[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, mode.size_wh[1])
    if mode.fps:
        capture.set(cv2.CAP_PROP_FPS, mode.fps)
    if fourcc and sys.platform == "win32":  # DirectShow falls back to YUY2 when the size is set after it
        capture.set(cv2.CAP_PROP_FOURCC, fourcc_code(fourcc))


def negotiated(capture: Settable, mode: Mode, clock: Callable[[], float] = time.monotonic) -> str:
    """Reads some frames; one line on what really comes, `1280x720 MJPG 29.8 fps (asked 30)`, with a hint if slow."""
    began, got, size_wh = None, 0, (0, 0)
    for _ in range(2 * TRIAL_FRAMES):
        ok, frame = capture.read()
        if not ok:
            continue
        size_wh = frame.shape[1], frame.shape[0]
        if began is None:
            began = clock()  # the first frame waits for the camera to wake up
            continue
        got += 1
        if got == TRIAL_FRAMES:
            break
    fps = got / max(clock() - began, 1e-9) if began is not None and got else 0.0
    return mode_line(size_wh, fourcc_name(capture.get(cv2.CAP_PROP_FOURCC)), fps, mode)


def mode_line(size_wh: tuple[int, int], fourcc: str, fps: float, mode: Mode) -> str:
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
