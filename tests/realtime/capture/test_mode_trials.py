import cv2
import numpy as np
import pytest

from nstcam.realtime.capture.cameras import CameraInfo
from nstcam.realtime.capture.mode_trials import driver_modes, record, to_try, try_out
from nstcam.realtime.capture.modes import COMMON_SIZES, Mode
from nstcam.realtime.capture.v4l2 import device_caps
from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import Frame
from tests.realtime.capture.test_v4l2 import LISTED, MJPG, YUYV
from tests.support.fakes.live import PlainCapture


class FakeCapture(PlainCapture):
    """Does MJPG up to 640x480 at 60 fps, and YUYV at half of what is asked."""

    def __init__(self) -> None:
        self.values = dict[int, float]()

    def get(self, propId: int) -> float:  # noqa: N803
        return self.values.get(propId, 0)

    def set(self, propId: int, value: float) -> bool:  # noqa: N803
        self.values[propId] = value
        return True

    def read(self) -> tuple[bool, Frame]:
        width = min(self.values[cv2.CAP_PROP_FRAME_WIDTH], 640)
        return True, np.zeros((480, int(width), 3), np.uint8)


def test_each_mode_is_tried_on_a_camera_opened_anew() -> None:
    opened: list[FakeCapture] = []

    def open_capture() -> FakeCapture:
        opened.append(FakeCapture())
        return opened[-1]

    trials = list(try_out(to_try(LISTED[:3]), open_capture))
    assert [trial.works for trial in trials] == [False, True, True]
    assert "the camera has no 1280x720" in trials[0].line
    assert [capture.values[cv2.CAP_PROP_FPS] for capture in opened] == [29.97, 60, 15]
    assert [capture.values[cv2.CAP_PROP_FOURCC] for capture in opened] == [MJPG, MJPG, YUYV]
    assert all(capture.released for capture in opened)
    told = record(CameraInfo(3, "BRIO"), LISTED[:3], trials)
    assert (told["index"], told["name"]) == (3, "BRIO")
    assert isinstance(told["measured"], list)
    assert [one["works"] for one in told["measured"]] == [False, True, True]


def test_a_camera_that_cannot_be_opened_is_tried_once() -> None:
    def fail() -> FakeCapture:
        raise SourceError("camera 3 is busy")

    (trial,) = try_out(to_try(LISTED), fail)
    assert (trial.works, trial.line) == (False, "camera 3 is busy")


def test_common_sizes_are_tried_where_none_are_listed() -> None:
    assert to_try([]) == [Mode(size) for size in COMMON_SIZES]


@pytest.mark.parametrize(("system", "count"), [("linux", 1), ("win32", 0)])
def test_only_drivers_of_linux_can_be_asked(monkeypatch: pytest.MonkeyPatch, system: str, count: int) -> None:
    monkeypatch.setattr("sys.platform", system)
    monkeypatch.setattr("nstcam.realtime.capture.mode_trials.list_modes", lambda index: LISTED[:index])
    assert driver_modes(CameraInfo(1, "BRIO")) == LISTED[:count]


@pytest.mark.camera
@pytest.mark.skipif(device_caps(0) is None, reason="needs /dev/video0")
def test_a_real_camera_gives_what_its_driver_lists() -> None:
    from nstcam.realtime.capture.opencv import open_camera

    listed = driver_modes(CameraInfo(0, "real"))
    assert listed
    (trial,) = try_out(to_try(listed)[:1], lambda: open_camera(0))
    assert trial.works, trial.line
