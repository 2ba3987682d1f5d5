"""Tests that the live loop shows what is learnt, tells of its end, and ends the process that learns."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from nstcam.realtime.learning.learner import Learner
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.lessons import Lessons
from nstcam.realtime.live.loop import run
from nstcam.realtime.live.session import Session
from nstcam.realtime.style_files.style import Style
from tests.support.fakes.learning import FAILS, LEARNS, painted
from tests.support.fakes.live import FakeOutput, FakeStylizer, ListSource, frame_of


def learning(style: Style, command: tuple[str, ...]) -> Session:
    gallery = Gallery([style], lambda style: FakeStylizer(200 if style.learnt else 100), fade=0)
    session = Session(gallery, recorder=FakeOutput())
    session.lessons = Lessons(gallery, always=True, open_learner=partial(Learner, command=command))
    return session


def test_frames_go_on_in_what_was_learnt_and_the_process_ends_with_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    session, told = learning(painted(tmp_path), LEARNS), list[str]()

    def seen() -> bool:
        return session.last is not None and int(session.last.frame[0, 0, 0]) == 200

    source = ListSource([frame_of(50)] * 3000, pace=0.01)
    run(source, session, output_size=(64, 48), tell=told.append, stop=seen)
    assert seen()
    assert "learning kiss ..." in told
    assert list(tmp_path.glob("nstcam.*")) == [], "something is left behind"
    session.gallery.close()


def test_without_a_window_the_terminal_tells_why_it_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    session, told = learning(painted(tmp_path), FAILS), list[str]()
    said = "kiss cannot be learnt, and stays as it was: there is not enough memory"
    source = ListSource([frame_of(50)] * 3000, pace=0.01)
    run(source, session, output_size=(64, 48), tell=told.append, stop=lambda: said in told)
    assert said in told
    session.gallery.close()
