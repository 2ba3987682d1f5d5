"""The automatic show."""

from __future__ import annotations

import itertools

from benchmarks.tools.waiting import until
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.control.show import Show
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading
from tests.support.fakes.live import StylizerFactory, style_of

SHOWN = Reading(frames=5)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def show_of(count: int, every: float, *, shuffle: bool = False) -> tuple[Session, Show, Clock]:
    names = [f"style{number}" for number in range(count)]
    session = Session(Gallery([style_of(name) for name in names], StylizerFactory(names), fade=0))
    clock = Clock()
    return session, Show(every, shuffle=shuffle, clock=clock, seed=3), clock


def shown_after(session: Session, show: Show, clock: Clock, seconds: float) -> str:
    clock.now += seconds
    show.obey(session, SHOWN)
    until(lambda: session.gallery.opening is None)
    show.obey(session, SHOWN)
    return session.gallery.current.name


def test_styles_follow_each_other() -> None:
    session, show, clock = show_of(3, 8)
    assert shown_after(session, show, clock, 0) == "style0"
    assert shown_after(session, show, clock, 7.9) == "style0"
    assert [shown_after(session, show, clock, 8.1) for _ in range(4)] == ["style1", "style2", "style0", "style1"]


def test_it_begins_with_the_first_frame() -> None:
    session, show, clock = show_of(2, 8)
    for _ in range(5):
        clock.now += 10
        show.obey(session, Reading())
    assert shown_after(session, show, clock, 7) == "style0"


def test_shuffled_each_style_comes_once_and_none_twice_in_a_row() -> None:
    session, show, clock = show_of(5, 8, shuffle=True)
    shown_after(session, show, clock, 0)
    names = [shown_after(session, show, clock, 8.1) for _ in range(40)]
    assert all(earlier != later for earlier, later in itertools.pairwise(names))
    assert names[:5] != [f"style{number}" for number in (1, 2, 3, 4, 0)]
    assert min(names.count(f"style{number}") for number in range(5)) >= 6


def test_a_style_picked_by_hand_is_shown_for_the_full_time_and_the_original_as_long_as_one_likes() -> None:
    session, show, clock = show_of(3, 8)
    shown_after(session, show, clock, 0)
    clock.now += 7
    session.gallery.select(2)
    until(lambda: session.gallery.opening is None)
    assert shown_after(session, show, clock, 0) == "style2"
    assert shown_after(session, show, clock, 7) == "style2"
    session.gallery.toggle_bypass()
    for _ in range(3):
        shown_after(session, show, clock, 20)
        assert session.gallery.bypass
    session.gallery.toggle_bypass()
    assert shown_after(session, show, clock, 7) == "style2"
    assert shown_after(session, show, clock, 2) == "style0"


def test_a_single_style_stays() -> None:
    for shuffle in (False, True):
        session, show, clock = show_of(1, 8, shuffle=shuffle)
        assert {shown_after(session, show, clock, 9) for _ in range(4)} == {"style0"}
