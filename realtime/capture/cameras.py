"""The cameras of this machine, and finding one by its name."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2

from nstcam.media.shown import escaped
from nstcam.realtime.capture import v4l2
from nstcam.realtime.errors import SourceError

SYSFS: Final = Path("/sys/class/video4linux")


@dataclass(frozen=True)
class CameraInfo:
    index: int
    """The number that OpenCV opens it by."""
    name: str


def list_cameras() -> list[CameraInfo]:
    """The cameras of this machine, with the index that opens each.

    Raises:
        SourceError: the package cv2-enumerate-cameras, which macOS and Windows need for this, is not installed.
    """
    if sys.platform == "linux":
        return list_linux(SYSFS, v4l2.device_caps)
    try:
        enumerate_cameras = importlib.import_module("cv2_enumerate_cameras").enumerate_cameras
    except ImportError:
        raise SourceError("listing cameras needs a package; pip install 'nstcam[cameras]'") from None
    # The backend must be the one that open_camera uses: an index means another camera in another backend.
    backend = cv2.CAP_DSHOW if sys.platform == "win32" else cv2.CAP_AVFOUNDATION
    return [CameraInfo(found.index % 100, escaped(found.name)) for found in enumerate_cameras(backend)]


def list_linux(sysfs: Path, caps_of: Callable[[int], int | None]) -> list[CameraInfo]:
    """The cameras in sysfs, without nodes that are known not to capture (metadata, outputs).

    Args:
        caps_of: returns the device_caps of /dev/videoN; None if the device cannot be asked.
    """
    found = []
    for node in sysfs.glob("video*"):
        number = node.name.removeprefix("video")
        if not number.isdecimal():
            continue
        caps = caps_of(int(number))
        if caps is None or caps & v4l2.CAPTURE:
            name = (node / "name").read_text(errors="replace").strip() if (node / "name").is_file() else node.name
            found.append(CameraInfo(int(number), escaped(name)))
    return sorted(found, key=lambda camera: camera.index)


def find_camera(name: str, cameras: Sequence[CameraInfo]) -> CameraInfo | None:
    """The camera of that name, or the only one whose name contains it; case does not matter.

    Raises:
        SourceError: several names contain it.
    """
    exact = [camera for camera in cameras if camera.name.casefold() == name.casefold()]
    partly = exact or [camera for camera in cameras if name.casefold() in camera.name.casefold()]
    if len(partly) > 1 and not exact:
        raise SourceError(f"camera {name} could be {described(partly)}; give more of its name, or its number")
    return partly[0] if partly else None


def described(cameras: Sequence[CameraInfo]) -> str:
    """`0 "HD Webcam", 2 "BRIO"`, or none."""
    return ", ".join(f'{camera.index} "{camera.name}"' for camera in cameras) or "none"
