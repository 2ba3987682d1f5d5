"""Rounds of small pictures, and when the state is told."""

from __future__ import annotations

import json

from nstcam.realtime.frame import Frame
from nstcam.realtime.page.state import Changes
from nstcam.realtime.page.tiles import EVERY_SECONDS, LONGEST_SECONDS, Tiles
from tests.support.fakes.live import frame_of


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_round_ends_when_every_style_has_a_new_picture() -> None:
    clock, put = Clock(), list[int]()
    tiles = Tiles(lambda index, _: put.append(index), clock)
    assert tiles.wanted(2, {}, watched=False) == ()
    assert tiles.wanted(2, {}, watched=True) == (0, 1)
    first: dict[int, Frame] = {0: frame_of(1)}
    assert tiles.wanted(2, first, watched=True) == (0, 1)
    assert tiles.wanted(2, first, watched=True) == (0, 1), "the same picture counts once"
    assert tiles.wanted(2, first | {1: frame_of(2)}, watched=True) == ()
    assert put == [0, 1]
    assert tiles.versions == {0: 1, 1: 1}
    clock.now += EVERY_SECONDS / 2
    assert tiles.wanted(2, {}, watched=True) == ()
    clock.now += EVERY_SECONDS
    assert tiles.wanted(2, {}, watched=False) == ()
    assert tiles.wanted(2, {}, watched=True) == (0, 1)


def test_a_style_that_does_not_open_ends_no_round_and_begins_none() -> None:
    clock = Clock()
    tiles = Tiles(lambda *_: None, clock)
    assert tiles.wanted(2, {0: frame_of(1)}, watched=True) == (0, 1)
    clock.now += LONGEST_SECONDS + 1
    assert tiles.wanted(2, {}, watched=True) == ()
    clock.now += 1
    assert tiles.wanted(2, {}, watched=True) == ()
    assert tiles.wanted(3, {}, watched=True) == (0, 1, 2), "a style has joined"
    assert tiles.wanted(3, {}, watched=False) == (), "nobody looks any more"


def test_previews_stand_in_until_there_is_a_picture() -> None:
    put: list[tuple[int, int]] = []
    tiles = Tiles(lambda index, picture: put.append((index, int(picture[0, 0, 0]))), Clock())
    tiles.wanted(3, {2: frame_of(9)}, watched=False)
    for _ in range(2):
        tiles.begin_with([None, frame_of(5), frame_of(6)])
    assert put == [(2, 9), (1, 5)]
    assert tiles.versions == {2: 1, 1: 1}
    assert (EVERY_SECONDS, LONGEST_SECONDS) == (10, 20)


def test_changes_are_told_at_once_and_figures_once_a_second() -> None:
    clock, told = Clock(), list[str]()
    changes = Changes(told.append, clock)
    state = {"style": "wave", "fps": 1.0, "frames": 1}
    changes.look(state)
    changes.look(state | {"style": "starry"})
    assert len(told) == 1, "two within 30 ms are one"
    clock.now += 0.05
    changes.look(state | {"fps": 2.0, "frames": 2})
    assert len(told) == 1
    changes.look(state | {"style": "starry"})
    assert json.loads(told[1])["style"] == "starry"
    clock.now += 1.1
    changes.look(state | {"style": "starry", "frames": 40})
    assert json.loads(told[2])["frames"] == 40
