import struct
from typing import ClassVar

import cv2
import numpy as np
import pytest

from nstcam.realtime.capture.cameras import CameraInfo
from nstcam.realtime.capture.mode_trials import driver_modes, listing, record, to_try, try_out
from nstcam.realtime.capture.modes import COMMON_SIZES, Measured, Mode, fourcc_code, measure, mode_line
from nstcam.realtime.capture.v4l2 import DriverMode, device_caps, list_modes, modes_of
from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import Frame

MJPG, YUYV, Y16 = fourcc_code("MJPG"), fourcc_code("YUYV"), fourcc_code("Y16 ")
DISCRETE, STEPWISE = 1, 3


class FakeDriver:
    """Answers the ioctls that list modes as the kernel does, field by field of its structs."""

    formats = (MJPG, YUYV, Y16)
    sizes: ClassVar = {MJPG: [(640, 480), (1280, 720)], YUYV: [(640, 480)]}
    intervals: ClassVar = {(MJPG, 640): [(1, 30), (1, 60)], (MJPG, 1280): [(1001, 30000)], (YUYV, 640): [(1, 15)]}

    def __call__(self, request: int, answer: bytearray) -> bool:
        assert request >> 30 == 3, "the kernel writes into what it is given"
        assert request >> 16 & 0x3FFF == len(answer), "the request tells the size of its struct"
        index = struct.unpack_from("=I", answer)[0]
        match request & 0xFF:
            case 2:
                if index >= len(self.formats) or struct.unpack_from("=I", answer, 4)[0] != 1:
                    return False
                answer[44:48] = self.formats[index].to_bytes(4, "little")
            case 74:
                fourcc = struct.unpack_from("=I", answer, 4)[0]
                if fourcc == Y16 and index == 0:
                    struct.pack_into("=7I", answer, 8, STEPWISE, 64, 1920, 8, 48, 1080, 8)
                    return True
                if index >= len(self.sizes.get(fourcc, [])):
                    return False
                struct.pack_into("=3I", answer, 8, DISCRETE, *self.sizes[fourcc][index])
            case 75:
                fourcc, width = struct.unpack_from("=II", answer, 4)
                if fourcc == Y16 and index == 0:
                    struct.pack_into("=7I", answer, 16, STEPWISE, 1, 50, 1, 5, 1, 50)
                    return True
                rates = self.intervals.get((fourcc, width), [])
                if index >= len(rates):
                    return False
                struct.pack_into("=3I", answer, 16, DISCRETE, *rates[index])
            case _:
                return False
        return True


LISTED = [
    DriverMode("MJPG", (1280, 720), (29.97,)),
    DriverMode("MJPG", (640, 480), (60.0, 30.0)),
    DriverMode("YUYV", (640, 480), (15.0,)),
    DriverMode("Y16", (1920, 1080), (50.0, 5.0)),
    DriverMode("Y16", (64, 48), (50.0, 5.0)),
]


def test_the_driver_lists_its_modes() -> None:
    assert modes_of(FakeDriver()) == LISTED
    assert listing(LISTED) == [
        "MJPG  1280x720 at 29.97, 640x480 at 60 30",
        "YUYV  640x480 at 15",
        "Y16  1920x1080 at 50 5, 64x48 at 50 5",
    ]


def test_a_node_that_is_not_there_has_no_modes() -> None:
    assert list_modes(987) == []
    assert device_caps(987) is None


class FakeCapture:
    """Does MJPG up to 640x480 at 60 fps, and YUYV at half of what is asked."""

    def __init__(self) -> None:
        self.now, self.values, self.released = 0.0, dict[int, float](), False

    def get(self, propId: int) -> float:  # noqa: N803
        return self.values.get(propId, 0)

    def set(self, propId: int, value: float) -> bool:  # noqa: N803
        self.values[propId] = value
        return True

    def read(self) -> tuple[bool, Frame]:
        width = min(self.values[cv2.CAP_PROP_FRAME_WIDTH], 640)
        return True, np.zeros((480, int(width), 3), np.uint8)

    def release(self) -> None:
        self.released = True


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


class Silent(FakeCapture):
    def read(self) -> tuple[bool, Frame]:
        self.now += 2
        return False, np.empty(0, np.uint8)


def test_measuring_gives_up_without_frames() -> None:
    silent = Silent()
    measured = measure(silent, lambda: silent.now)
    assert measured == Measured((0, 0), "", 0.0)
    assert silent.now < 10
    assert mode_line(measured, Mode((640, 480), 30)).startswith("no frames came")


@pytest.mark.camera
@pytest.mark.skipif(device_caps(0) is None, reason="needs /dev/video0")
def test_a_real_camera_gives_what_its_driver_lists() -> None:
    from nstcam.realtime.capture.opencv import open_camera

    listed = driver_modes(CameraInfo(0, "real"))
    assert listed
    (trial,) = try_out(to_try(listed)[:1], lambda: open_camera(0))
    assert trial.works, trial.line
