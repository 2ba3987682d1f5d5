"""Tests what each key changes, and what it says."""

from __future__ import annotations

from typing import Any

import pytest

from nstcam.realtime.live.choosing.picker import Shown
from nstcam.realtime.live.hotkeys import LEFT, RIGHT, press_of
from nstcam.realtime.live.keys import obey
from nstcam.realtime.live.session import Session
from tests.support.fakes.session import make

CODES = {LEFT: 0xFF51, RIGHT: 0xFF53}


@pytest.fixture
def session() -> Any:
    made = make()
    yield made
    made.gallery.close()


def pressed(session: Session, keys: str) -> list[Any]:
    """What each key left behind: the wanted style, or None for the original."""
    seen = []
    for key in keys:
        press = press_of(CODES.get(key, ord(key)), "linux")
        assert press is not None
        obey(session, press)
        seen.append(None if session.gallery.bypass else session.gallery.wanted)
    return seen


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ("nnnn", [1, 2, 0, 1]), ("pp", [2, 1]), (RIGHT + LEFT + LEFT, [1, 0, 2]), ("231", [1, 2, 0]), ("9", [0]),
        ("  ", [None, 0]), ("00", [None, 0]), ("2 n", [1, None, 2]),
    ],
)  # fmt: skip
def test_styles(session: Session, keys: str, wanted: list[int | None]) -> None:
    assert pressed(session, keys) == wanted


@pytest.mark.parametrize(
    ("keys", "name", "values"),
    [
        ("[[]", "strength", [0.9, 0.8, 0.9]), ("]", "strength", [1]), ("kk", "keep_colors", [True, False]),
        ("aaaa", "paint", ["person", "background", "all", "person"]), ("ddd", "background", ["blur", "off", "blur"]),
        ("ttt", "steady", [0.8, 0.0, 0.8]),
    ],
)  # fmt: skip
def test_the_look(session: Session, keys: str, name: str, values: list[Any]) -> None:
    found = []
    for key in keys:
        pressed(session, key)
        found.append(getattr(session.look, name))
    assert found == (pytest.approx(values) if isinstance(values[0], float) else values)


def test_steadiness_comes_back_as_it_was(session: Session) -> None:
    pressed(session, "t")
    session.look = type(session.look)(steady=0.3)
    pressed(session, "t")
    assert (session.look.steady, session.message) == (0, "steadiness off")
    pressed(session, "t")
    assert (session.look.steady, session.message) == (0.3, "steadiness 0.3")


def test_a_blend_and_its_mix(session: Session) -> None:
    pressed(session, "b")
    assert (session.gallery.mix, session.message) == (0.5, "blend with two: arrows move the mix")
    pressed(session, RIGHT)
    assert session.gallery.mix == pytest.approx(0.6)
    pressed(session, LEFT + LEFT)
    assert session.gallery.mix == pytest.approx(0.4)
    assert session.gallery.wanted == 0
    pressed(session, "g" + RIGHT)
    assert session.gallery.wanted == 1, "in the pictures to choose from, arrows choose"
    pressed(session, "b")
    assert (session.gallery.mix, session.message) == (None, "blend off")


def test_what_is_drawn_over_the_picture(session: Session) -> None:
    shown = []
    for key in "iii":
        pressed(session, key)
        shown.append((session.hud, session.clean))
    assert shown == [(False, True), (False, False), (True, False)]
    pressed(session, "h")
    assert session.help
    pressed(session, "g")
    assert (session.help, session.picker.shown is Shown.OFF) == (False, False)
    pressed(session, "h")
    assert (session.help, session.picker.shown is Shown.OFF) == (True, True)
    for key in "\x1b\x1b":
        assert not session.quit, "the first closes the help"
        pressed(session, key)
    assert session.quit
    session.quit = False
    pressed(session, "gq")
    assert session.quit, "whatever lies over the picture"


def test_a_clip_that_has_ended_plays_again_with_space_only(session: Session) -> None:
    played = []
    session.play_again = lambda: played.append(True)
    pressed(session, " ")
    session.ended = True
    pressed(session, "0")
    assert (played, session.gallery.bypass) == ([], False)
    pressed(session, " ")
    assert (played, session.gallery.bypass) == ([True], False)


def test_outputs_that_are_not_there_are_told(session: Session) -> None:
    pressed(session, "r")
    assert session.message == "recording is not available"
    pressed(session, "v")
    assert session.message == "the virtual camera is not available"
    full = []
    session.toggle_fullscreen = lambda: full.append(session.fullscreen)
    pressed(session, "ffm")
    assert (full, session.mirror) == ([True, False], True)
    assert session.digits.number(1, 20) == 1
    pressed(session, "m")
    assert session.digits.number(2, 20) == 2, "a letter ends the digits before it"
