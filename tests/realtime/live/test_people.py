"""Tests who is painted live, and before what, with fake styles."""

from __future__ import annotations

from threading import Event

import numpy as np
import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.capture.sources import Captured
from nstcam.realtime.effects.look import Look
from nstcam.realtime.frame import Frame
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.painter import Painted, Painter
from nstcam.realtime.live.people import LivePeople
from nstcam.realtime.people import network
from nstcam.realtime.people.masks import Masks, Seen
from nstcam.realtime.people.scene import Backdrop
from nstcam.realtime.people.words import BACKGROUND, BLUR, PERSON, PICTURE, STYLE
from nstcam.realtime.stylizing import UNMOVED, Offset
from tests.support.fakes.live import FakeStylizer, StylizerFactory, frame_of, style_of
from tests.support.media.people import astronaut, wall

NAMES = ("one", "two")
"""Painted in 90 and 180."""
CORNER, CHEST = (4, 4), (200, 160)


class Live:
    """A painter with two styles whose look and camera can be changed."""

    def __init__(self, look: Look) -> None:
        self.look, self.time = look, 0.0
        self.gallery = Gallery([style_of(name) for name in NAMES], StylizerFactory(NAMES, step=90), fade=0)
        self._painter = Painter(self.gallery, (320, 240), lambda: self.look, "test", Backdrop(frame_of(7)))

    def shows(self, *, nobody: bool = False, plain: bool = False, after: float = 1 / 30) -> Painted:
        self.time += after
        frame = wall() if nobody else astronaut()
        return self._painter.paint(Captured(frame, self.time, 0, plain=plain))

    def levels(self, **how: bool | float) -> tuple[int, int]:
        """Blue in the corner and on her chest; -1 where the original shows."""
        painted = self.shows(**how)  # type: ignore[arg-type]
        found = []
        for at in (CORNER, CHEST):
            same = np.array_equal(painted.frame[at], painted.original[at])
            found.append(-1 if same else int(painted.frame[at][0]))
        return found[0], found[1]


def test_only_what_is_asked_for_is_painted() -> None:
    live = Live(Look())
    assert live.levels() == (90, 90)
    live.look = Look(paint=PERSON)
    assert live.levels() == (-1, 90)
    live.look = Look(paint=BACKGROUND)
    assert live.levels() == (90, -1)
    live.look = Look(background=PICTURE)
    assert live.levels() == (7, 90)
    live.look = Look(paint=BACKGROUND, background=BLUR)
    corner, chest = live.levels()
    assert chest == -1
    assert corner not in (90, -1)


def test_the_background_gets_a_second_style_as_soon_as_it_is_open() -> None:
    live = Live(Look(background=STYLE, behind=1))
    assert live.levels() == (90, 90), "until then it is painted like the rest"
    live.gallery.want_also(1)
    until(lambda: live.gallery.ready == 2)
    assert live.levels() == (180, 90)
    assert live.levels() == (180, 90), "and stays so while the picture does"
    live.look = Look(background=STYLE, behind=0)
    assert live.levels() == (90, 90)
    live.gallery.close()


def test_without_anybody_the_whole_picture_is_painted_after_a_second() -> None:
    live = Live(Look(paint=PERSON))
    assert live.levels() == (-1, 90)
    assert live.levels(nobody=True) == (-1, -1)
    live.shows(nobody=True, after=0.9)
    assert live.levels(nobody=True, after=2) == (90, 90)


def test_a_still_picture_settles_and_costs_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    live = Live(Look(paint=PERSON))
    for _ in range(4):
        live.shows()
    last = live.shows()
    monkeypatch.setattr(network, "_likely", None)
    assert live.shows().frame is last.frame, "and nobody is looked for"


def test_the_original_and_words_for_people_are_shown_whole() -> None:
    live = Live(Look(paint=PERSON, background=PICTURE))
    live.gallery.toggle_bypass()
    assert live.levels() == (-1, -1)
    live.gallery.toggle_bypass()
    assert live.levels() == (7, 90)
    assert live.levels(plain=True) == (-1, -1)


def test_people_are_looked_for_in_the_frame_that_is_shown() -> None:
    people, look = LivePeople(), Look(paint=PERSON)
    painted = np.full_like(astronaut(), 90)
    people.begin(wall(), 0.0)
    shown = people.together(painted, astronaut(), look, None, 1.0)
    assert np.array_equal(shown[CORNER], astronaut()[CORNER])
    assert shown[CHEST].tolist() == [90, 90, 90]


def test_people_are_looked_for_while_the_style_is_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    live, looked = Live(Look(paint=PERSON)), Event()

    def take(*_: object) -> Seen:
        looked.set()
        return Seen(np.zeros((240, 320), np.uint8), 1.0)

    def stylize(_: FakeStylizer, frame: Frame, __: Offset = UNMOVED) -> Frame:
        assert looked.wait(20), "the mask does not wait for the painting"
        return np.full_like(frame, 90)

    monkeypatch.setattr(Masks, "take", take)
    monkeypatch.setattr(FakeStylizer, "stylize", stylize)
    assert live.levels() == (-1, -1)


def test_people_before_another_picture_cost_no_style(monkeypatch: pytest.MonkeyPatch) -> None:
    live, stylized = Live(Look(paint=BACKGROUND, background=BLUR)), list[Frame]()

    def stylize(self: FakeStylizer, frame: Frame, _: Offset = UNMOVED) -> Frame:
        stylized.append(frame)
        return np.full_like(frame, self.value or 0)

    monkeypatch.setattr(FakeStylizer, "stylize", stylize)
    corner, chest = live.levels()
    assert chest == -1
    assert corner != -1
    shown = live.shows()
    assert shown.style is not None, "it is a style's turn all the same"
    assert not shown.fresh, "so no rate is held by it"
    live.look = Look(paint=BACKGROUND, background=PICTURE)
    assert live.levels() == (7, -1)
    assert stylized == []
    live.look = Look(paint=BACKGROUND)
    assert live.levels() == (90, -1)
    assert len(stylized) == 1
