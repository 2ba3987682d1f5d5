"""Tests what the window and the outputs get while no frame comes, by a clock that is set here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from nstcam.realtime.display.window import Pointer
from nstcam.realtime.live import presenter as module
from nstcam.realtime.live.presenter import ENDED, Presenter
from nstcam.realtime.live.session import Session
from tests.support.fakes.live import FakeOutput, FakeWindow
from tests.support.fakes.session import make


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    clock = SimpleNamespace(now=100.0)
    clock.monotonic = lambda: clock.now
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def session() -> Iterator[Session]:
    made = make()
    yield made
    made.gallery.close()


def presenter(session: Session, window: FakeWindow | None) -> Presenter:
    return Presenter(session, window, "the camera", lambda *_: None, lambda _: None)


def test_before_the_first_frame_a_card_after_a_second_and_a_half(
    clock: Any, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards: list[str] = []
    monkeypatch.setattr(module, "waiting_card", lambda *values: cards.append(values[1]))
    session.last, window = None, FakeWindow()
    waiting = presenter(session, window)
    for passed in (1.5, 0.1, 1.5, 0.1):
        clock.now += passed
        waiting.keep_alive()
    assert cards == ["opening the camera ..."] * 2
    session.clean = True
    clock.now += 2
    waiting.keep_alive()
    assert cards[2:] == [""]
    presenter(session, None).keep_alive()


def test_camera_and_stream_get_the_last_frame_again_but_no_recording(clock: Any, session: Session) -> None:
    camera, recorder = FakeOutput(), FakeOutput()
    stream: Any = FakeOutput()
    for output in (camera, stream, recorder):
        output.on = True
    session.virtual_camera, session.stream, session.recorder = camera, stream, recorder
    silent = presenter(session, None)
    for passed, written in ((0.19, 0), (0.02, 1), (0.19, 1), (0.02, 2)):
        clock.now += passed
        silent.keep_alive()
        assert len(camera.frames) == written
    assert [len(output.frames) for output in (camera, stream, recorder)] == [2, 2, 0]


def test_what_moves_under_the_mouse_is_drawn_again_only_where_it_matters(session: Session) -> None:
    window = FakeWindow()
    shown = presenter(session, window)
    shown.refresh(session.last)
    window.pointer = Pointer(0.3, 0.3)
    shown.refresh(None)
    assert len(window.shown) == 1
    session.compare = session.compare.following  # a line that follows the mouse
    shown.refresh(None)
    window.pointer = Pointer(0.4, 0.3)
    shown.refresh(None)
    assert len(window.shown) == 2


def test_the_end_of_a_clip_is_said_until_it_plays_again(session: Session) -> None:
    showing = presenter(session, None)
    painted = session.last
    assert painted is not None
    for ended, message, until in ((False, "", 0.0), (True, ENDED, None), (True, ENDED, None), (False, ENDED, 0.0)):
        captured = replace(painted.captured, ended=ended)
        showing.take(painted._replace(captured=captured))
        assert (session.ended, session.message) == (ended, message)
        assert until is None or session.message_until == until
