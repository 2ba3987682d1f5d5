"""Tests the contract that every source of live frames keeps."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.capture.open_source import open_source
from nstcam.realtime.capture.sources import Captured, Source
from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import Frame, check_frame
from tests.support.fakes.live import ListSource, frame_of
from tests.support.fakes.screen import FakeMSS, FakeScreenShotError, install_fake_mss
from tests.support.media.clips import write_clip
from tests.support.network.cameras import PASSWORD, NetworkCamera


class FakeWebcam:
    """What is used of cv2.VideoCapture, at 200 fps."""

    def __init__(self) -> None:
        self.reads = 0

    def read(self) -> tuple[bool, Frame]:
        time.sleep(0.005)
        self.reads += 1
        return True, frame_of(self.reads % 256)

    def release(self) -> None: ...


@dataclass
class Kind:
    """How to open a source, and one of the same kind that fails."""

    open: Callable[[], Source]
    open_broken: Callable[[], Source] | None = None


def webcam(_: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kind]:
    def open_camera(number: int) -> FakeWebcam:
        if number:
            raise SourceError(f"camera {number} could not be opened; is it plugged in and free?")
        return FakeWebcam()

    monkeypatch.setattr("nstcam.realtime.capture.open_source.open_camera", open_camera)
    yield Kind(lambda: open_source("0"), lambda: open_source("1"))


def file(folder: Path, _: pytest.MonkeyPatch) -> Iterator[Kind]:
    clip, text = write_clip(folder / "clip.mp4", frames=60), folder / "text.mp4"
    text.write_text("no video")
    yield Kind(lambda: open_source(str(clip)), lambda: open_source(str(text)))


def pattern(_: Path, __: pytest.MonkeyPatch) -> Iterator[Kind]:
    yield Kind(lambda: open_source("test"))


def screen(_: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kind]:
    install_fake_mss(monkeypatch)

    def open_broken() -> Source:
        monkeypatch.setattr(FakeMSS, "error", FakeScreenShotError("no\ndisplay"))
        return open_source("screen")

    yield Kind(lambda: open_source("screen"), open_broken)


def network(_: Path, __: pytest.MonkeyPatch) -> Iterator[Kind]:
    camera, dead = NetworkCamera(160), NetworkCamera(0)
    dead.cut()
    yield Kind(lambda: open_source(camera.url), lambda: open_source(dead.url))
    camera.cut()


def fake(_: Path, __: pytest.MonkeyPatch) -> Iterator[Kind]:
    """The stand-in that other tests use must not promise less or more."""
    frames = [frame_of(value) for value in range(50)]
    yield Kind(
        lambda: ListSource(frames, pace=0.01), lambda: ListSource([], error=SourceError("nothing there; take another"))
    )


@pytest.fixture(params=[webcam, file, pattern, screen, network, fake], ids=lambda kind: kind.__name__)
def kind(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kind]:
    yield from request.param(tmp_path, monkeypatch)


def reading_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith("read ")}


def test_frames_are_bgr_bytes_and_their_times_and_numbers_rise(kind: Kind) -> None:
    before = time.monotonic()
    with closing(kind.open()) as source:
        seen = list(itertools.islice(source, 4))
    assert len(seen) == 4
    for captured in seen:
        check_frame(captured.frame)
        assert not captured.plain
    times = [captured.time for captured in seen]
    assert all(earlier < later for earlier, later in itertools.pairwise(times))
    assert before <= times[0]
    assert times[-1] <= time.monotonic()
    numbers = [captured.number for captured in seen]
    assert numbers[0] >= 0
    assert all(earlier < later for earlier, later in itertools.pairwise(numbers))


def test_a_frame_stays_as_it_was_while_others_come(kind: Kind) -> None:
    with closing(kind.open()) as source:
        frames = iter(source)
        first = next(frames).frame
        copy = first.copy()
        for _ in range(3):
            next(frames)
    assert np.array_equal(first, copy)


def test_the_name_is_a_line_for_people(kind: Kind) -> None:
    with closing(kind.open()) as source:
        assert source.name.strip()
        assert "\n" not in source.name
        assert PASSWORD not in source.name


def test_closing_ends_an_iteration_in_another_thread_and_the_sources_own(kind: Kind) -> None:
    others = reading_threads()
    source, seen, ended = kind.open(), list[Captured](), threading.Event()

    def iterate() -> None:
        for captured in source:
            seen.append(captured)
        ended.set()

    thread = threading.Thread(target=iterate)
    thread.start()
    until(lambda: seen)
    source.close()
    thread.join(60)
    assert ended.is_set()
    until(lambda: reading_threads() <= others)


def test_closed_twice_it_gives_nothing_more(kind: Kind) -> None:
    others = reading_threads()
    source = kind.open()
    source.close()
    source.close()
    assert list(source) == []
    until(lambda: reading_threads() <= others)


def test_what_cannot_be_read_is_one_line_that_says_what_to_do(kind: Kind) -> None:
    if kind.open_broken is None:
        pytest.skip("it cannot fail")
    others = reading_threads()
    source = kind.open_broken()
    with closing(source), pytest.raises(SourceError) as caught:
        list(source)
    text = str(caught.value)
    assert "\n" not in text
    assert PASSWORD not in text
    until(lambda: reading_threads() <= others)
