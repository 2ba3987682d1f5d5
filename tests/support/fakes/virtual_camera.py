"""A fake of pyvirtualcam, the package that feeds virtual cameras."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from nstcam.realtime.frame import Frame

SHAPES = {"BGR": (3,), "RGBA": (4,), "I420": None, "NV12": None, "YUYV": None, "UYVY": None}
BYTES = {"I420": 1.5, "NV12": 1.5, "YUYV": 2, "UYVY": 2}


class FakeCamera:
    """A pyvirtualcam.Camera that refuses what the real one refuses."""

    device = "/dev/video9"
    native_fmt: str | None = "I420"

    def __init__(self, width: int, height: int, fps: float, *, fmt: str, device: str | None, print_fps: bool) -> None:
        assert not print_fps, "standard output is not the package's"
        if device == "absent":
            raise RuntimeError("'v4l2loopback' backend: No v4l2loopback device found.\n'obs' backend: not installed")
        self.wh, self.fps, self.fmt, self.asked = (width, height), fps, fmt, device
        self.frames: list[Frame] = []
        self.closed = False
        opened.append(self)

    def send(self, frame: Frame) -> None:
        width, height = self.wh
        inner = SHAPES[self.fmt]
        expected = (height, width, *inner) if inner else int(width * height * BYTES[self.fmt])
        got = frame.shape if inner else frame.size
        if got != expected:
            raise ValueError(f"unexpected frame shape: {got} != {expected}")
        if self.device == "gone":
            raise OSError("no such device")
        self.frames.append(frame)

    def close(self) -> None:
        self.closed = True


opened: list[FakeCamera] = []
"""The cameras that were opened since the stand-in was installed, the first one first."""


def install_fake_pyvirtualcam(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes `import pyvirtualcam` import the fake, on a machine without a loopback device."""
    opened.clear()
    formats = SimpleNamespace(**{name: name for name in SHAPES})
    monkeypatch.setitem(sys.modules, "pyvirtualcam", SimpleNamespace(Camera=FakeCamera, PixelFormat=formats))
    monkeypatch.setattr("nstcam.realtime.output.virtual_camera.find_loopback", lambda _: None)
