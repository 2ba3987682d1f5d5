"""A virtual camera: the painted picture as a camera for video calls. Needs pyvirtualcam, an optional package."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Final

from nstcam.realtime.capture.v4l2 import find_loopback
from nstcam.realtime.errors import SinkError
from nstcam.realtime.frame import Frame, letterbox
from nstcam.realtime.output.pixel_format import choose, pack

SIZE_WH: Final = (1280, 720)
"""(width, height). It never changes: drivers keep the size they were opened with, and programs that watch cannot follow
a change."""
_FPS: Final = 30.0

SETUP: Final = {  # by sys.platform: how to get the driver
    "linux": "sudo modprobe v4l2loopback exclusive_caps=1 card_label=nstcam (package v4l2loopback-dkms)",
    "darwin": "install OBS 30 or newer and start its virtual camera once",
    "win32": "install OBS, which brings the driver",
}


class VirtualCamera:
    """An Output that sends frames to a virtual camera, never mirrored."""

    def __init__(self, device: str | None = None, size_wh: tuple[int, int] = SIZE_WH) -> None:
        """Starts switched off. `device` is a path or name that pyvirtualcam knows; None: the first that works."""
        self._device, self._size_wh = device, size_wh
        self._camera: Any = None
        self._format = "BGR"

    @property
    def on(self) -> bool:
        return self._camera is not None

    def toggle(self) -> str:
        if self.on:
            return self.close()
        try:
            library = importlib.import_module("pyvirtualcam")
        except ImportError:
            raise SinkError("the virtual camera needs a package; pip install 'nstcam[virtualcam]'") from None
        try:
            self._camera = self._open(library)
        except Exception as error:  # pyvirtualcam raises RuntimeError, its backends other errors
            raise SinkError(
                f"the virtual camera cannot be opened ({_one_line(error)}); {SETUP.get(sys.platform, SETUP['linux'])}"
            ) from error
        return f"virtual camera {self._camera.device} is on; programs that were already open may need a restart"

    def _open(self, library: Any) -> Any:
        """Opens the camera in a format that the driver takes, so that frames are converted only once."""
        loopback = find_loopback(self._device) if sys.platform == "linux" else None
        device = loopback.device if loopback else self._device
        self._format = choose(loopback.fourccs if loopback else ())
        camera = self._opened(library, device)
        if (
            str(getattr(camera, "native_fmt", None)) == "RGBA"
        ):  # Unity Capture: pyvirtualcam would convert BGR to it in two steps
            camera.close()
            self._format = "RGBA"
            camera = self._opened(library, device)
        return camera

    def _opened(self, library: Any, device: str | None) -> Any:
        width, height = self._size_wh
        pixels = getattr(library.PixelFormat, self._format)
        return library.Camera(width, height, _FPS, fmt=pixels, device=device, print_fps=False)

    def write(self, frame: Frame, seconds: float) -> None:  # noqa: ARG002 (a camera shows the newest frame)
        """Raises SinkError if the driver does not take the frame; the camera is off then."""
        if self._camera is None:
            return
        try:
            self._camera.send(pack(letterbox(frame, self._size_wh), self._format))
        except Exception as error:
            self.close()
            raise SinkError(f"the virtual camera is gone ({_one_line(error)}); press v to try again") from error

    def close(self) -> str:
        camera, self._camera = self._camera, None
        if camera is None:
            return ""
        camera.close()
        return "virtual camera off"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
