import sys

import cv2
import numpy as np
import pytest

from nstcam.realtime.capture.modes import Measured, Mode, ask, fourcc_code, fourcc_name, measure, mode_line, negotiated
from nstcam.realtime.frame import Frame
from tests.support.fakes.live import PlainCapture


class FakeCapture(PlainCapture):
    """A camera of 640x480 at `fps` by its own clock, which gives MJPG only if `mjpg`."""

    def __init__(self, fps: float, mjpg: bool = True) -> None:
        self.now, self.step = 0.0, 1 / fps
        self.fourcc = fourcc_code("YUYV")
        self.mjpg = mjpg
        self.calls: list[int] = []

    def get(self, propId: int) -> float:  # noqa: N803
        return self.fourcc if propId == cv2.CAP_PROP_FOURCC else 0

    def set(self, propId: int, value: float) -> bool:  # noqa: N803
        self.calls.append(propId)
        if propId == cv2.CAP_PROP_FOURCC and self.mjpg:
            self.fourcc = int(value)
        return True

    def read(self) -> tuple[bool, Frame]:
        self.now += self.step
        return True, np.zeros((480, 640, 3), np.uint8)


@pytest.mark.parametrize(
    ("fps", "mjpg", "mode", "line"),
    [
        (29.8, True, Mode((640, 480), 30), "640x480 MJPG 29.8 fps (asked 30)"),
        (30, True, Mode((640, 480)), "640x480 MJPG 30.0 fps"),
        (15, True, Mode(None, 30), "640x480 MJPG 15.0 fps (asked 30); more light may make it faster"),
        (5, False, Mode(None, 30), "640x480 YUYV 5.0 fps (asked 30); raw frames are slow over USB, try --format mjpg"),
        (30, True, Mode((1280, 720)), "640x480 MJPG 30.0 fps; the camera has no 1280x720"),
        (30, True, Mode(format="yuyv"), "640x480 YUYV 30.0 fps"),
    ],
)
def test_what_really_comes_is_measured(fps: float, mjpg: bool, mode: Mode, line: str) -> None:
    capture = FakeCapture(fps, mjpg)
    ask(capture, mode)
    assert negotiated(capture, mode, lambda: capture.now) == line


def test_an_unknown_fourcc_is_left_out() -> None:
    assert mode_line(Measured((64, 48), "", 30), Mode()) == "64x48 30.0 fps"


@pytest.mark.parametrize(("fps", "hint"), [(21, ""), (20.9999, "; more light may make it faster")])
def test_a_rate_below_seven_tenths_of_the_one_asked_for_gets_a_hint(fps: float, hint: str) -> None:
    assert mode_line(Measured((64, 48), "MJPG", fps), Mode(fps=30)) == f"64x48 MJPG 21.0 fps (asked 30){hint}"


def test_two_names_of_raw_frames_get_the_same_hint() -> None:
    line = "64x48 YUY2 5.0 fps (asked 29.97); raw frames are slow over USB, try --format mjpg"
    assert mode_line(Measured((64, 48), "YUY2", 5), Mode(fps=29.97)) == line


@pytest.mark.parametrize(
    ("code", "name"),
    [(fourcc_code("MJPG"), "MJPG"), (0x32595559, "YUY2"), (0, ""), (-1, ""), (2**32, ""), (2**32 - 1, ""),
     (float("nan"), "")],
)  # fmt: skip
def test_four_letters_are_a_number_of_four_bytes(code: float, name: str) -> None:
    assert fourcc_name(float(code)) == name


class Scripted(PlainCapture):
    """Gives frames of 64x48 where the script says so, else none; each attempt takes `seconds`."""

    def __init__(self, script: str, seconds: float) -> None:
        self.script, self.seconds, self.reads, self.now = script, seconds, 0, 50.0

    def read(self) -> tuple[bool, Frame]:
        self.now += self.seconds
        self.reads += 1
        return self.script[self.reads - 1 : self.reads] == "x", np.zeros((48, 64, 3), np.uint8)


@pytest.mark.parametrize(
    ("script", "seconds", "reads", "fps"),
    [
        ("x" * 50, 0.125, 21, 8),  # twenty steps from the first frame on
        ("x" + "." * 10 + "x" * 50, 0.125, 31, 20 / 3.75),
        ("x" + "." * 50, 9, 40, 0),  # forty attempts
        ("xx" + "." * 50, 0.25, 40, 1 / 9.75),
        ("." * 50, 2.5, 3, 0),  # after five seconds without a first frame, one more attempt
        ("." * 50, 0.125, 40, 0),
        ("", 5, 2, 0),
    ],
)
def test_a_rate_is_measured_over_twenty_frames_of_at_most_forty_attempts(
    script: str, seconds: float, reads: int, fps: float
) -> None:
    camera = Scripted(script, seconds)
    measured = measure(camera, lambda: camera.now)
    assert camera.reads == reads
    assert measured.fps == pytest.approx(fps)
    assert measured.size_wh == ((64, 48) if "x" in script else (0, 0))


class Silent(PlainCapture):
    """No frame, and two seconds for each attempt."""

    now = 0.0

    def read(self) -> tuple[bool, Frame]:
        self.now += 2
        return False, np.empty(0, np.uint8)


def test_measuring_gives_up_without_frames() -> None:
    silent = Silent()
    measured = measure(silent, lambda: silent.now)
    assert measured == Measured((0, 0), "", 0.0)
    assert silent.now < 10
    assert mode_line(measured, Mode((640, 480), 30)).startswith("no frames came")


FORMAT, SIZE = [cv2.CAP_PROP_FOURCC], [cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT]


@pytest.mark.parametrize(
    ("platform", "order"),
    [
        ("linux", [*FORMAT, *SIZE, cv2.CAP_PROP_FPS]),
        ("darwin", [*FORMAT, *SIZE, cv2.CAP_PROP_FPS]),
        ("win32", [*SIZE, cv2.CAP_PROP_FPS, *FORMAT]),
    ],
)
def test_the_format_is_set_once_where_the_system_wants_it(
    monkeypatch: pytest.MonkeyPatch, platform: str, order: list[int]
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    camera = FakeCapture(30)
    ask(camera, Mode())
    assert camera.calls == []
    ask(camera, Mode((640, 480), 30))
    assert camera.calls == order
    camera.calls.clear()
    ask(camera, Mode(format="yuyv"))
    assert (camera.calls, fourcc_name(camera.fourcc)) == (FORMAT, "YUYV")


def test_a_size_or_a_rate_alone_asks_for_mjpg_as_well() -> None:
    for mode, calls in ((Mode((640, 480)), [*FORMAT, *SIZE]), (Mode(fps=15), [*FORMAT, cv2.CAP_PROP_FPS])):
        camera = FakeCapture(30)
        ask(camera, mode)
        assert (set(camera.calls), fourcc_name(camera.fourcc)) == (set(calls), "MJPG")
