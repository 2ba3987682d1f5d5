"""A virtual camera: what is painted, as a camera for video calls. Through pyvirtualcam, an optional package."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Final

from nstcam.realtime.capture.v4l2 import find_loopback
from nstcam.realtime.errors import SinkError
from nstcam.realtime.frame import Frame, letterbox
from nstcam.realtime.output.pixel_format import choose, pack

SIZE_WH: Final = (1280, 720)
"""Fixed: drivers keep the size of the first opening, and programs that watch do not take another."""
_FPS: Final = 30.0

SETUP: Final = {
    "linux": "sudo modprobe v4l2loopback exclusive_caps=1 card_label=nstcam (package v4l2loopback-dkms)",
    "darwin": "install OBS 30 or newer and start its virtual camera once",
    "win32": "install OBS, which brings the driver",
}


class VirtualCamera:
    """Sends frames while `on`; never mirrored, whatever the preview shows."""

    def __init__(self, device: str | None = None, size_wh: tuple[int, int] = SIZE_WH) -> None:
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
            raise SinkError("no virtual camera: it needs a package, pip install 'nstcam[virtualcam]'") from None
        try:
            self._camera = self._open(library)
        except Exception as error:  # pyvirtualcam raises RuntimeError, its backends others
            raise SinkError(
                f"no virtual camera ({_one_line(error)}); {SETUP.get(sys.platform, SETUP['linux'])}"
            ) from error
        return f"virtual camera {self._camera.device} is on; programs that were open before may need a restart"

    def _open(self, library: Any) -> Any:
        """In the format that the driver takes, so that frames are converted once."""
        loopback = find_loopback(self._device) if sys.platform == "linux" else None
        device = loopback.device if loopback else self._device
        self._format = choose(loopback.fourccs if loopback else ())
        camera = self._opened(library, device)
        if str(getattr(camera, "native_fmt", None)) == "RGBA":  # Unity Capture; from BGR it takes two steps to it
            camera.close()
            self._format = "RGBA"
            camera = self._opened(library, device)
        return camera

    def _opened(self, library: Any, device: str | None) -> Any:
        width, height = self._size_wh
        pixels = getattr(library.PixelFormat, self._format)
        return library.Camera(width, height, _FPS, fmt=pixels, device=device, print_fps=False)

    def write(self, frame: Frame, seconds: float) -> None:  # noqa: ARG002 (a camera shows the newest)
        """Raises SinkError, and is off then, when the driver does not take the frame."""
        if self._camera is None:
            return
        try:
            self._camera.send(pack(letterbox(frame, self._size_wh), self._format))
        except Exception as error:
            self.close()
            raise SinkError(f"the virtual camera is gone ({_one_line(error)}); key v tries again") from error

    def close(self) -> str:
        camera, self._camera = self._camera, None
        if camera is None:
            return ""
        camera.close()
        return "virtual camera off"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
