import sys
from types import SimpleNamespace

import pytest

from realtime.errors import SinkError
from realtime.frame import Frame
from realtime.painter import Painted
from realtime.sources import Captured
from realtime.virtualcam import VirtualCamera
from tests.fakes import frame_of


class FakeCamera:
    """pyvirtualcam.Camera, which refuses what the real one refuses."""

    device = "/dev/video9"

    def __init__(self, width: int, height: int, fps: float, *, fmt: str, device: str | None, print_fps: bool) -> None:
        if device == "absent":
            raise RuntimeError("'v4l2loopback' backend: No v4l2loopback device found.\n'obs' backend: not installed")
        self.shape, self.fmt = (height, width, 3), fmt
        self.frames: list[Frame] = []
        self.closed = False
        opened.append(self)

    def send(self, frame: Frame) -> None:
        if frame.shape != self.shape:
            raise ValueError(f"unexpected frame shape: {frame.shape} != {self.shape}")
        if self.device == "gone":
            raise OSError("no such device")
        self.frames.append(frame)

    def close(self) -> None:
        self.closed = True


opened: list[FakeCamera] = []


@pytest.fixture(autouse=True)
def _library(monkeypatch: pytest.MonkeyPatch) -> None:
    opened.clear()
    fake = SimpleNamespace(Camera=FakeCamera, PixelFormat=SimpleNamespace(BGR="bgr"))
    monkeypatch.setitem(sys.modules, "pyvirtualcam", fake)


def painted(frame: Frame) -> Painted:
    return Painted(frame, frame, None, Captured(frame, 0, 0), 1, True, (48, 64), 1)


def test_frames_are_letterboxed_to_a_size_that_never_changes() -> None:
    camera = VirtualCamera(size_wh=(320, 180))
    assert "/dev/video9 is on" in camera.toggle()
    for size in ((48, 64), (90, 160)):
        camera.write(painted(frame_of(200, *size)))
    (fake,) = opened
    assert fake.fmt == "bgr"
    narrow, wide = fake.frames
    assert (wide == 200).all()
    assert (narrow[:, 40:280] == 200).all()
    assert (narrow[:, :39] == 0).all()


def test_the_key_switches_it_off_and_on() -> None:
    camera = VirtualCamera()
    camera.toggle()
    assert camera.on
    assert camera.toggle() == "virtual camera off"
    assert opened[0].closed
    assert not camera.on
    camera.write(painted(frame_of(1)))
    assert opened[0].frames == [], "nothing is sent while it is off"


def test_an_absent_driver_is_one_line_with_the_cure() -> None:
    camera = VirtualCamera("absent")
    with pytest.raises(SinkError, match=r"No v4l2loopback device found.*; (sudo modprobe|install OBS)") as caught:
        camera.toggle()
    assert "\n" not in str(caught.value)
    assert not camera.on


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    with pytest.raises(SinkError, match=r"pip install 'nstcam\[virtualcam\]'"):
        VirtualCamera().toggle()


def test_a_driver_that_goes_away_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    camera = VirtualCamera()
    camera.toggle()
    monkeypatch.setattr(FakeCamera, "device", "gone")
    with pytest.raises(SinkError, match="gone"):
        camera.write(painted(frame_of(1)))
    assert not camera.on
