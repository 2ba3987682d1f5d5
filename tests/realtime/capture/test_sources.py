import itertools
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.capture import open_source as opening
from nstcam.realtime.capture import opencv
from nstcam.realtime.capture.cameras import CameraInfo
from nstcam.realtime.capture.modes import Mode
from nstcam.realtime.capture.open_source import open_source
from nstcam.realtime.capture.opencv import read_camera
from nstcam.realtime.capture.sources import ThreadedSource
from nstcam.realtime.capture.test_pattern import TestPattern
from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import Frame
from tests.support.fakes.live import PlainCapture, frame_of


def write_clip(path: Path, frames: int, fps: float) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (64, 48))
    for i in range(frames):
        writer.write(frame_of(10 * i))
    writer.release()
    return path


class FakeCapture(PlainCapture):
    """A camera at 200 fps that fails `failing` reads out of three."""

    def __init__(self, failing: int = 0) -> None:
        self.reads, self.failing = 0, failing

    def read(self) -> tuple[bool, Frame]:
        time.sleep(0.005)
        self.reads += 1
        return self.reads % 3 >= self.failing, frame_of(self.reads % 256)


def test_a_slow_consumer_gets_the_newest_frame_and_the_rest_is_dropped() -> None:
    opencv = FakeCapture()
    source = ThreadedSource("fake", lambda stop: read_camera(opencv, stop))
    numbers = []

    def went_on(reads: int) -> bool:
        return opencv.reads > reads

    for captured in itertools.islice(source, 4):
        numbers.append(captured.number)
        until(partial(went_on, opencv.reads + 10))
    source.close()
    assert all(later - earlier > 5 for earlier, later in itertools.pairwise(numbers))
    assert opencv.released


def test_failed_reads_are_retried() -> None:
    source = ThreadedSource("fake", lambda stop: read_camera(FakeCapture(failing=1), stop))
    assert len(list(itertools.islice(source, 3))) == 3
    source.close()


def test_a_camera_that_gives_nothing_more_is_lost() -> None:
    def read(stop: threading.Event) -> Iterator[Frame]:
        yield frame_of(1)
        stop.wait(5)

    source = ThreadedSource("camera 7", read, lost_after=0.1)
    with pytest.raises(SourceError, match=r"camera 7 is lost: no picture for 0\.1 s"):
        list(source)
    source.close()


def test_a_camera_that_never_answers_is_given_up() -> None:
    def read(stop: threading.Event) -> Iterator[Frame]:
        stop.wait(5)
        yield frame_of(1)

    source = ThreadedSource("camera 7", read, open_within=0.1)
    with pytest.raises(SourceError, match=r"camera 7 delivered no picture within 0\.1 s"):
        list(source)
    source.close()


def test_closing_wakes_a_consumer_that_waits() -> None:
    read_on = threading.Event()

    def read(_: threading.Event) -> Iterator[Frame]:
        read_on.wait(60)  # a driver that blocks does not look at its event
        yield frame_of(1)

    source = ThreadedSource("camera", read)
    threading.Timer(0.1, source.close).start()
    assert list(source) == []
    assert source._thread.is_alive(), "it waited for the driver"
    read_on.set()


def test_a_file_plays_at_its_own_pace(tmp_path: Path) -> None:
    source = open_source(str(write_clip(tmp_path / "clip.mp4", frames=11, fps=25)))
    captured = list(source)
    source.close()
    pace = (captured[-1].time - captured[0].time) / (captured[-1].number - captured[0].number)
    assert 0.02 < pace < 0.2, "25 fps, as far as a busy machine keeps it; unpaced it would be a millisecond"


def test_a_clip_waits_for_its_first_viewer(tmp_path: Path) -> None:
    source = open_source(str(write_clip(tmp_path / "clip.mp4", frames=10, fps=50)))
    time.sleep(0.4)  # longer than the clip: as long as styles may take to open
    assert not [thread for thread in threading.enumerate() if thread.name == f"read {source.name}"]
    numbers = [captured.number for captured in source]
    assert numbers[0] < 9
    assert numbers[-1] == 9
    source.close()
    open_source(str(tmp_path / "clip.mp4")).close()


def test_a_file_drops_frames_for_a_slow_consumer(tmp_path: Path) -> None:
    source = open_source(str(write_clip(tmp_path / "clip.mp4", frames=20, fps=50)))
    seen = []
    for captured in source:
        seen.append(captured.number)
        time.sleep(0.1)
    source.close()
    assert 2 <= len(seen) < 10


def test_a_text_file_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "text.mp4"
    path.write_text("not a video")
    with pytest.raises(SourceError, match=r"text\.mp4 is not a video"):
        list(open_source(str(path)))


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(SourceError, match=r"nowhere\.mp4 not found; give a camera's number"):
        open_source("nowhere.mp4")


@pytest.mark.parametrize(("spec", "named"), [("brii", True), ("my/brii", False), ("brii.mp4", False)])
def test_what_looks_like_no_file_is_compared_with_names_of_cameras(
    monkeypatch: pytest.MonkeyPatch, spec: str, *, named: bool
) -> None:
    monkeypatch.setattr(opening, "list_cameras", lambda: [CameraInfo(2, "BRIO")])
    with pytest.raises(SourceError, match="not found") as told:
        open_source(spec)
    assert ("BRIO" in str(told.value)) == named


@pytest.mark.parametrize("number", ["99999999999999999999", "9" * 5000])
def test_a_number_that_no_camera_has_is_refused(number: str) -> None:
    with pytest.raises(
        SourceError, match=r"^camera 999999999\.\.\. does not exist; give the number that nstcam cameras"
    ):
        open_source(number)


def test_a_camera_that_cannot_be_opened_names_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed:
        def __init__(self, *_: object) -> None: ...

        def isOpened(self) -> bool:  # noqa: N802 (OpenCV's name)
            return False

    monkeypatch.setattr(cv2, "VideoCapture", Closed)
    monkeypatch.setattr(opencv, "list_cameras", lambda: [CameraInfo(0, "HD Webcam")])
    for platform, allow in (("linux", False), ("win32", False), ("darwin", True)):
        monkeypatch.setattr(sys, "platform", platform)
        with pytest.raises(
            SourceError, match=r'camera 3 could not be opened; cameras found: 0 "HD Webcam"; .* no camera'
        ) as told:
            opencv.open_camera(3)
        assert ("Privacy & Security, Camera" in str(told.value)) == allow


@pytest.mark.skipif(sys.platform != "linux", reason="a matter of Linux")
def test_a_camera_that_one_may_not_use_is_told_with_the_cure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "video").write_text("")
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(SourceError, match=r"you have no permission to use .*video: sudo usermod -aG video \$USER"):
        opencv.open_camera(str(tmp_path / "video"))


def test_the_test_pattern_moves_at_its_pace_and_skips_what_is_missed() -> None:
    pattern = TestPattern((64, 48), fps=100)
    captured = list(itertools.islice(pattern, 3))
    assert not np.array_equal(captured[0].frame, pattern.draw(1.0))
    time.sleep(0.1)
    assert next(iter(pattern)).number >= 0
    slow = iter(TestPattern((64, 48), fps=100))
    first = next(slow).number
    time.sleep(0.1)
    assert next(slow).number - first >= 8


def test_the_test_pattern_is_bluer_to_the_right_and_greener_below() -> None:
    corners = TestPattern((64, 48)).draw(0)[::47, ::63]
    assert corners.tolist() == [[[40, 40, 215], [200, 40, 135]], [[40, 200, 135], [200, 200, 55]]]


def test_the_test_pattern_has_the_size_and_rate_asked_for() -> None:
    told: list[str] = []
    source = open_source("test", Mode((1280, 720), 10.0), told.append)
    first, second = itertools.islice(source, 2)
    source.close()
    assert first.frame.shape == (720, 1280, 3)
    assert second.time - first.time > 0.05
    assert told == []
    assert next(iter(open_source("test", Mode(format="mjpg"), told.append))).frame.shape == (480, 640, 3)
    assert told == ["test is not a local camera, so it ignores --format"]


@pytest.mark.parametrize(
    ("spec", "ignored"),
    [
        ("test", "--format"),
        ("screen", "--size, --format"),
        ("http://127.0.0.1:9/x", "--size, --fps, --format"),
        (".", "--size, --format"),
        (__file__, "--size, --fps, --format"),
    ],
)
def test_what_only_a_camera_takes_is_told(spec: str, ignored: str) -> None:
    told: list[str] = []
    open_source(spec, Mode(), told.append).close()
    open_source(spec, Mode(fps=20), told.append).close()
    assert told == ([f"{spec} is not a local camera, so it ignores --fps"] if "--fps" in ignored else [])
    open_source(spec, Mode((640, 480), 20, "mjpg"), told.append).close()
    assert told[-1] == f"{spec} is not a local camera, so it ignores {ignored}"


def test_on_macos_a_camera_is_opened_on_the_main_thread_first_and_in_others_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(opening, "LOST_AFTER", 0.05)
    monkeypatch.setattr("nstcam.realtime.capture.reconnect.PAUSES", (0.0,))
    threads: list[threading.Thread] = []

    class Once(FakeCapture):
        """One frame, then none."""

        def read(self) -> tuple[bool, Frame]:
            ok, frame = super().read()
            return ok and self.reads == 1, frame

    def open_camera(_: int) -> FakeCapture:
        threads.append(threading.current_thread())
        return Once()

    monkeypatch.setattr(opening, "open_camera", open_camera)
    source = open_source("0")
    assert threads == [threading.main_thread()]
    painting = threading.Thread(target=lambda: list(itertools.islice(source, 3)))  # a frame, the card, a frame
    painting.start()
    painting.join(60)
    source.close()
    assert len(threads) >= 2
    assert threading.main_thread() not in threads[1:]
