"""Reading through OpenCV: cameras."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import cv2

from nstcam.realtime.capture.cameras import described, list_cameras
from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import Frame


class Capture(Protocol):
    """The part of cv2.VideoCapture that nstcam uses."""

    def get(self, propId: int) -> float: ...  # noqa: N803 (OpenCV's own name)

    def set(self, propId: int, value: float) -> bool: ...  # noqa: N803

    def read(self) -> tuple[bool, Any]:
        """Whether a frame came, and the frame: OpenCV declares a wider type than it gives."""

    def release(self) -> None: ...


def open_camera(camera: int | str) -> cv2.VideoCapture:
    """Opens a camera by number or device path.

    Raises:
        SourceError: it cannot be opened.
    """
    # DirectShow opens at once; Media Foundation takes up to 20 s (opencv #17687). Naming V4L2 keeps the other
    # backends from probing and complaining.
    backend = {"win32": cv2.CAP_DSHOW, "linux": cv2.CAP_V4L2}.get(sys.platform, cv2.CAP_ANY)
    capture = cv2.VideoCapture(camera, backend)  # type: ignore[call-overload, unused-ignore]
    if not capture.isOpened():
        found = ""
        with suppress(SourceError):  # listing needs a package on macOS and Windows
            found = f"; cameras found: {described(list_cameras())}"
        cure = "check that it is plugged in and that no other program uses it;"
        node = Path(f"/dev/video{camera}" if isinstance(camera, int) else camera)
        if sys.platform == "linux" and node.exists() and not os.access(node, os.R_OK | os.W_OK):
            cure = f"you have no permission to use {node}: sudo usermod -aG video $USER, then log in again;"
        if sys.platform == "darwin":  # the first attempt fails while macOS still asks (opencv #16427)
            cure += " allow the terminal to use it in System Settings, Privacy & Security, Camera, and start again;"
        raise SourceError(f"camera {camera} could not be opened{found}; {cure} --camera test needs no camera")
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # otherwise V4L2 queues old frames
    return capture


def read_camera(capture: Capture, stop: threading.Event) -> Iterator[Frame]:
    """Yields frames as they come. Failed reads are retried: the source decides by the time without frames that the
    camera is lost."""
    try:
        while not stop.is_set():
            ok, frame = capture.read()
            if ok:
                yield frame
            else:
                stop.wait(0.02)
    finally:
        capture.release()
