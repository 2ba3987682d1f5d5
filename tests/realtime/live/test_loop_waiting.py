"""Tests what the live window shows and says before and between frames."""

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.capture.sources import Captured
from nstcam.realtime.engine.at_work import at_work
from nstcam.realtime.frame import Frame
from nstcam.realtime.live.loop import run
from nstcam.realtime.live.session import Session
from tests.support.fakes.live import FakeOutput, FakeWindow, ListSource, frame_of
from tests.support.fakes.session import make_gallery

SIZE = (640, 480)


def test_the_window_says_what_it_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nstcam.realtime.live.presenter.OPENING_SECONDS", 0.05)
    window, told = FakeWindow(), list[str]()

    class Slow(ListSource):
        def __iter__(self) -> Iterator[Captured]:
            until(lambda: window.shown)
            yield Captured(frame_of(50), time.monotonic(), 0)

    class Saving(FakeOutput):
        def close(self) -> str:
            return "saved it"

    gallery, _ = make_gallery()
    run(Slow([]), Session(gallery, recorder=Saving()), window, output_size=(320, 240), tell=told.append)
    first = window.shown[0]
    assert first.shape == (480, 640, 3), "as large as the pictures that follow"
    assert (int(np.median(first)), first.max() > 240) == (50, True), "letters on a dark card"
    assert window.shown[-1].shape == (480, 640, 3)
    assert told == ["saved it"]


def test_a_key_shows_at_once_although_no_frame_comes() -> None:
    class Polled(FakeWindow):
        polls = 0

        def poll(self) -> int:
            self.polls += 1
            time.sleep(0.005)
            return super().poll()

    window, enough = Polled(keys=[-1] * 10 + ["i"]), threading.Event()

    class Stuck(ListSource):
        def __iter__(self) -> Iterator[Captured]:
            yield Captured(frame_of(50), time.monotonic(), 0)
            assert enough.wait(60)

    def stop() -> bool:
        if len(window.shown) > 1 or window.polls > 2000:
            enough.set()
        return enough.is_set()

    gallery, _ = make_gallery()
    run(Stuck([]), Session(gallery), window, output_size=SIZE, stop=stop)
    assert len(window.shown) == 2
    assert window.keys == [], "not before the key"
    assert not np.array_equal(window.shown[0], window.shown[1])


def test_the_window_names_the_style_whose_first_frame_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    def card(size_wh: tuple[int, int], text: str) -> Frame:
        written.append(text)
        return frame_of(0)

    monkeypatch.setattr("nstcam.realtime.live.presenter.waiting_card", card)
    monkeypatch.setattr("nstcam.realtime.live.presenter.OPENING_SECONDS", 0.0)
    gallery, _ = make_gallery()
    with at_work("scream", "at work on its first frame"):
        run(ListSource([frame_of(50)], pace=0.5), Session(gallery), FakeWindow(shut_after=1), output_size=SIZE)
    assert written == ["first frame in style scream ..."]


def test_nothing_is_written_on_a_clean_window_while_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nstcam.realtime.live.presenter.OPENING_SECONDS", 0.0)
    window = FakeWindow(shut_after=1)
    gallery, _ = make_gallery()
    run(ListSource([frame_of(50)], pace=0.3), Session(gallery, clean=True, hud=False), window, output_size=SIZE)
    assert window.shown[0].max() == 0
