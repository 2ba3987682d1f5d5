"""Tests learning pictures while they are shown: keys, commands, and what is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.learning.learner import Learner
from nstcam.realtime.live import keys
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.control.commands import answer
from nstcam.realtime.live.control.controls import line_for
from nstcam.realtime.live.hotkeys import press_of
from nstcam.realtime.live.lessons import Lessons
from nstcam.realtime.live.restore import lasting_name
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading
from nstcam.realtime.style_files.library import find_style
from nstcam.realtime.style_files.style import Style
from tests.support.fakes.learning import ENDS, FAILS, LEARNS, painted, process
from tests.support.fakes.live import FakeStylizer, frame_of, style_of

WAITS = process("sys.stdin.read()")


def opened(style: Style) -> FakeStylizer:
    return FakeStylizer(200 if style.learnt else 100)


def session_of(styles: list[Style], command: tuple[str, ...], *, always: bool = False) -> Session:
    session = Session(Gallery(styles, opened, fade=0))
    session.lessons = Lessons(session.gallery, always=always, open_learner=partial(Learner, command=command))
    return session


@pytest.fixture(name="kiss")
def _kiss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Style]:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "styles"))
    yield painted(tmp_path)
    assert list(tmp_path.glob("nstcam.*")) == [], "something is left behind"


def ask(session: Session, line: str) -> str:
    return answer(line, session, Reading())


def close(session: Session) -> None:
    session.lessons.close()
    session.gallery.close()


def value(session: Session) -> int:
    session.follow_lessons()
    return int(session.gallery.stylize(frame_of(0)).frame[0, 0, 0])


def press(session: Session, key: str) -> str:
    pressed = press_of(ord(key))
    assert pressed is not None
    keys.obey(session, pressed)
    return session.message


def test_the_picture_gets_better_and_stays_so_when_the_learning_is_stopped(kiss: Style) -> None:
    session = session_of([kiss, style_of("two")], LEARNS)
    assert value(session) == 100
    assert press(session, "l") == "learning kiss ..."
    until(lambda: value(session) == 200)
    assert session.lessons.line == "learning kiss 2 s: l stops, e keeps"
    status = json.loads(ask(session, "status"))
    assert status["learning"] == {"style": "kiss", "seconds": 2.5, "steps": 4, "shown": True}
    assert press(session, "l") == "kiss: stopped after 2 s; e keeps it as a style"
    assert json.loads(ask(session, "status"))["learning"] is None
    assert value(session) == 200
    assert lasting_name(session.gallery.current).endswith("kiss.png"), "what was not kept is gone next time"
    close(session)


def test_a_kept_style_is_one_of_the_users(kiss: Style) -> None:
    session = session_of([kiss], LEARNS)
    assert ask(session, "keep") == "error nothing was learnt of what is shown; key l learns a picture"
    assert ask(session, "learn start") == "ok learning kiss ..."
    until(lambda: value(session) == 200)
    assert press(session, "e").startswith("kept as style kiss in ")
    assert session.lessons.learning is None
    assert lasting_name(session.gallery.current) == "kiss"
    close(session)
    assert find_style("kiss").painting is None


def test_only_pictures_can_be_learnt(kiss: Style) -> None:
    session = session_of([style_of("two"), kiss], LEARNS)
    assert ask(session, "learn") == "error only a picture can be learnt: nstcam --style painting.jpg"
    assert ask(session, "learn stop") == "ok"
    assert ask(session, "learn perhaps").startswith("error 'perhaps' is not one of start, on, stop, off")
    close(session)


def test_always_learns_each_picture_once_when_it_is_shown(kiss: Style, tmp_path: Path) -> None:
    hug = painted(tmp_path, "hug")
    session = session_of([style_of("two"), kiss, hug], FAILS, always=True)
    session.follow_lessons()
    assert session.lessons.learning is None
    session.gallery.select(1)
    until(lambda: session.gallery.current is kiss)
    session.follow_lessons()
    assert session.message == "learning kiss ..."
    said = "kiss cannot be learnt, and stays as it was: there is not enough memory"
    until(lambda: session.follow_lessons() == said)
    session.follow_lessons()
    assert session.lessons.learning is None
    close(session)


@pytest.mark.parametrize("command", [LEARNS, FAILS])
def test_styles_are_opened_at_idle_once_something_is_learnt_or_will_not_be(
    kiss: Style, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    session, said = session_of([kiss], command, always=True), list[bool]()
    monkeypatch.setattr(session.gallery, "open_at_idle", said.append)
    session.follow_lessons()
    assert said == [False]
    until(lambda: session.follow_lessons() == "" and said[-1])
    assert said == [False, True]
    close(session)


def test_it_says_when_a_picture_is_learnt(kiss: Style) -> None:
    session = session_of([kiss], ENDS, always=True)
    until(lambda: session.follow_lessons() == "kiss is learnt: e keeps it as a style")
    until(lambda: value(session) == 200)
    assert session.lessons.line == ""
    close(session)


def test_another_picture_takes_the_place_of_the_one_that_is_learnt(kiss: Style, tmp_path: Path) -> None:
    hug = painted(tmp_path, "hug")
    session = session_of([kiss, hug], WAITS)
    session.learn(True)
    first = session.lessons.learning
    session.gallery.select(1)
    until(lambda: session.gallery.current is hug)
    session.learn(True)
    assert first is not None
    assert (first.running, first.failure) == (False, None)
    assert session.lessons.learning is not None
    assert session.lessons.learning.style is hug
    close(session)


def test_a_button_starts_and_stops() -> None:
    assert (line_for("learn", 1.0), line_for("learn", 0.0)) == ("learn start", "learn stop")
    assert line_for("keep", 1.0) == "keep"
