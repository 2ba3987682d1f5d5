import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from nstcam.realtime.capture.cameras import CameraInfo, find_camera, list_linux
from nstcam.realtime.capture.modes import Measured, Mode, ask, fourcc_code, mode_line, negotiated
from nstcam.realtime.capture.reconnect import Reconnecting, card
from nstcam.realtime.capture.sources import Captured
from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import Frame
from tests.support.fakes import ListSource, frame_of

CAMERAS = [CameraInfo(0, "HD Webcam"), CameraInfo(2, "Logitech BRIO"), CameraInfo(4, "Logitech C920")]


def test_linux_lists_names_and_leaves_metadata_nodes_out(tmp_path: Path) -> None:
    for number, name in ((10, "OBS"), (0, "HD Webcam"), (1, "HD Webcam"), (2, "shut")):
        (tmp_path / f"video{number}").mkdir()
        (tmp_path / f"video{number}" / "name").write_text(name + "\n")
    caps = {0: 0x04200001, 1: 0x04A00000, 2: None, 10: 0x1000}
    assert list_linux(tmp_path, caps.__getitem__) == [
        CameraInfo(0, "HD Webcam"), CameraInfo(2, "shut"), CameraInfo(10, "OBS"),
    ]  # fmt: skip


def test_a_part_of_the_name_will_do() -> None:
    assert find_camera("brio", CAMERAS) == CAMERAS[1]
    assert find_camera("hd webcam", CAMERAS) == CAMERAS[0]
    assert find_camera("nikon", CAMERAS) is None
    with pytest.raises(SourceError, match='2 "Logitech BRIO", 4 "Logitech C920"'):
        find_camera("logitech", CAMERAS)


class FakeCapture:
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


class Unplugged:
    """Sources one after the other: each gives its frames, then is lost; the last just goes on."""

    def __init__(self, *sources: ListSource) -> None:
        self.sources = list(sources)

    def __call__(self) -> ListSource:
        return self.sources.pop(0)


def lost() -> SourceError:
    return SourceError("list is lost")


def test_a_lost_camera_shows_a_card_and_comes_back() -> None:
    opened = Unplugged(
        ListSource([frame_of(200)] * 3, error=lost()), ListSource([], error=lost()), ListSource([frame_of(100)] * 2)
    )
    source = Reconnecting(opened, pauses=(0.0,))
    frames: Iterator[Captured] = iter(source)
    seen = [next(frames) for _ in range(7)]
    values = [int(np.median(captured.frame)) for captured in seen]
    assert values == [200, 200, 200, 50, 50, 100, 100]
    numbers = [captured.number for captured in seen]
    assert numbers == sorted(set(numbers)), "numbers rise across connections"
    source.close()


def test_a_camera_that_never_worked_is_an_error() -> None:
    with pytest.raises(SourceError, match="is lost"):
        next(iter(Reconnecting(Unplugged(ListSource([], error=lost())))))


def test_closing_does_not_wait_for_the_pause() -> None:
    source = Reconnecting(Unplugged(ListSource([frame_of(1)], error=lost())), pauses=(60.0,))
    frames = iter(source)
    next(frames)
    next(frames)
    source.close()
    began = time.monotonic()
    assert list(frames) == []
    assert time.monotonic() - began < 1


def test_the_card_has_letters_on_a_dark_picture() -> None:
    shown = card(frame_of(200, 240, 320), "camera 0 lost, reconnecting ...")
    assert int(np.median(shown)) == 50
    assert shown.max() > 240
