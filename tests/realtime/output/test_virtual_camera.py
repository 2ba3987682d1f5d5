import struct
import sys
import threading
from typing import Any

import cv2
import numpy as np
import pytest

from nstcam.realtime.capture.v4l2 import Loopback, find_loopback, takes_frames
from nstcam.realtime.errors import SinkError
from nstcam.realtime.frame import Frame
from nstcam.realtime.output.pixel_format import choose, pack
from nstcam.realtime.output.virtual_camera import VirtualCamera
from tests.support.fakes.live import frame_of
from tests.support.fakes.virtual_camera import FakeCamera, install_fake_pyvirtualcam, opened


@pytest.fixture(autouse=True)
def _library(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if not request.node.get_closest_marker("camera"):
        install_fake_pyvirtualcam(monkeypatch)


def test_frames_are_letterboxed_to_a_size_that_never_changes() -> None:
    camera = VirtualCamera(size_wh=(320, 180))
    assert "/dev/video9 is on" in camera.toggle()
    for size in ((48, 64), (90, 160)):
        camera.write(frame_of(200, *size), 0.0)
    (fake,) = opened
    assert fake.fmt == "BGR"
    narrow, wide = fake.frames
    assert (wide == 200).all()
    assert (narrow[:, 40:280] == 200).all()
    assert (narrow[:, :39] == 0).all()


def test_the_key_switches_it_off_and_on() -> None:
    camera = VirtualCamera()
    camera.toggle()
    assert camera.on
    assert (opened[0].wh, opened[0].fps) == ((1280, 720), 30)
    assert camera.toggle() == "virtual camera off"
    assert opened[0].closed
    assert not camera.on
    camera.write(frame_of(1), 0.0)
    assert opened[0].frames == [], "nothing is sent while it is off"


def test_an_absent_driver_is_one_line_with_the_cure() -> None:
    camera = VirtualCamera("absent")
    with pytest.raises(SinkError, match=r"No v4l2loopback device found.*; (sudo modprobe|install OBS)") as caught:
        camera.toggle()
    assert "\n" not in str(caught.value)
    assert not camera.on


@pytest.mark.parametrize(
    ("error", "line"),
    [("a\n  b", "a b"), ("", "RuntimeError"), ("x" * 160, "x" * 160), ("x" * 161, "x" * 160)],
    ids=["lines", "none", "160", "161"],
)
def test_a_driver_that_is_gone_is_one_line(monkeypatch: pytest.MonkeyPatch, error: str, line: str) -> None:
    def send(*_: object) -> None:
        raise RuntimeError(error)

    monkeypatch.setattr(FakeCamera, "send", send)
    camera = VirtualCamera()
    camera.toggle()
    with pytest.raises(SinkError) as caught:
        camera.write(frame_of(1), 0.0)
    assert str(caught.value) == f"the virtual camera is gone ({line}); press v to try again"
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
        camera.write(frame_of(1), 0.0)
    assert not camera.on


BACK: dict[str, tuple[tuple[int, ...], int]] = {
    "RGBA": ((48, 64, 4), cv2.COLOR_RGBA2BGR),
    "I420": ((72, 64), cv2.COLOR_YUV2BGR_I420),
    "NV12": ((72, 64), cv2.COLOR_YUV2BGR_NV12),
    "YUYV": ((48, 64, 2), cv2.COLOR_YUV2BGR_YUY2),
    "UYVY": ((48, 64, 2), cv2.COLOR_YUV2BGR_UYVY),
}


@pytest.mark.parametrize("name", BACK)
def test_each_format_keeps_the_colours(name: str) -> None:
    frame = frame_of(0)
    frame[:24], frame[24:, :32], frame[24:, 32:] = (250, 20, 40), (30, 200, 60), (10, 70, 220)
    shape, code = BACK[name]
    back = cv2.cvtColor(np.ascontiguousarray(pack(frame, name)).reshape(shape), code)
    assert np.abs(back.astype(int) - frame).max() <= 4


@pytest.mark.parametrize(
    ("fourccs", "name"),
    [("YUYV YU12 NV12", "I420"), ("YUYV", "YUYV"), ("BGR3 UYVY", "UYVY"), ("BGR3", "BGR"), ("", "BGR")],
)
def test_the_driver_says_what_it_takes(monkeypatch: pytest.MonkeyPatch, fourccs: str, name: str) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(
        "nstcam.realtime.output.virtual_camera.find_loopback", lambda _: Loopback("/dev/video7", tuple(fourccs.split()))
    )
    assert choose(fourccs.split()) == name
    camera = VirtualCamera()
    camera.toggle()
    camera.write(frame_of(9), 0.0)
    (fake,) = opened
    assert (fake.fmt, fake.asked, len(fake.frames)) == (name, "/dev/video7", 1)


def test_unity_capture_gets_its_own_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeCamera, "native_fmt", "RGBA")
    camera = VirtualCamera()
    camera.toggle()
    camera.write(frame_of(9), 0.0)
    first, second = opened
    assert (first.fmt, first.closed) == ("BGR", True)
    assert (second.fmt, len(second.frames)) == ("RGBA", 1)


class Backend:
    """A driver, as the real pyvirtualcam calls it."""

    def __init__(self, *, width: int, height: int, fps: float, fourcc: int, device: str | None) -> None:
        self.wh, self.fourcc = (width, height), fourcc
        drivers.append(self)

    def send(self, frame: Frame) -> None:
        self.sent = frame

    def close(self) -> None: ...

    def device(self) -> str:
        return "driver"

    def native_fourcc(self) -> int:
        return self.fourcc


drivers: list[Backend] = []


@pytest.mark.parametrize(("fourccs", "size"), [("YU12", 1.5), ("NV12", 1.5), ("UYVY", 2), ("YUYV", 2), ("", 3)])
def test_the_real_package_takes_each_format(monkeypatch: pytest.MonkeyPatch, fourccs: str, size: float) -> None:
    monkeypatch.delitem(sys.modules, "pyvirtualcam")
    library = pytest.importorskip("pyvirtualcam.camera")
    monkeypatch.setattr(library, "BACKENDS", {"fake": Backend})
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(
        "nstcam.realtime.output.virtual_camera.find_loopback", lambda _: Loopback("driver", tuple(fourccs.split()))
    )
    camera = VirtualCamera(size_wh=(64, 48))
    assert camera.toggle().startswith("virtual camera driver is on")
    camera.write(frame_of(100), 0.0)
    assert drivers[-1].sent.size == 64 * 48 * size
    camera.close()


def capabilities(driver: bytes, flags: int) -> Any:
    def ioctl(_: int, answer: bytearray) -> bool:
        answer[: len(driver)] = driver
        struct.pack_into("=I", answer, 84, flags)
        return True

    return ioctl


def test_v4l2loopback_is_told_from_cameras_and_other_outputs() -> None:
    assert takes_frames(capabilities(b"v4l2 loopback", 0x3))
    assert not takes_frames(capabilities(b"v4l2 loopback", 0x1))
    assert not takes_frames(capabilities(b"uvcvideo", 0x3))
    assert not takes_frames(lambda *_: False)
    assert find_loopback("/dev/null") is None


@pytest.mark.camera
@pytest.mark.skipif(find_loopback() is None, reason="needs v4l2loopback")
def test_a_real_virtual_camera_shows_what_is_sent() -> None:
    pytest.importorskip("pyvirtualcam")
    loopback = find_loopback()
    assert loopback is not None
    camera, done = VirtualCamera(), threading.Event()
    camera.toggle()

    def send() -> None:
        while not done.wait(0.03):
            camera.write(frame_of(150, 90, 160), 0.0)

    thread = threading.Thread(target=send)
    thread.start()
    capture = cv2.VideoCapture(loopback.device, cv2.CAP_V4L2)
    try:
        frames = [capture.read()[1] for _ in range(5)]
    finally:
        capture.release()
        done.set()
        thread.join()
        camera.close()
    assert frames[-1] is not None
    assert frames[-1].shape == (720, 1280, 3)
    assert np.abs(frames[-1].astype(int) - 150).max() <= 4
