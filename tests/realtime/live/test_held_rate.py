"""Tests that a frame rate is held with smaller paintings."""

from dataclasses import replace

from nstcam.realtime.effects.strokes import Ratio
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.session import Session
from tests.support.fakes.live import style_of
from tests.support.fakes.session import OnCpu, make, type_


def held(session: Session, ms: float, count: int, capture_fps: float = 0.0, rest_ms: float = 0.0) -> int:
    """The index of the painting's size after frames that took so long."""
    for _ in range(count):
        assert session.last is not None
        size_hw = session.last.sizes_hw[min(session.look.coarser, 2)]
        session.last = session.last._replace(ms=ms, rest_ms=rest_ms, size_hw=size_hw)
        session.keep_pace(session.last, capture_fps)
    return session.look.coarser


def test_a_rate_is_held_and_said_until_a_person_chooses_strokes() -> None:
    session = make()
    session.hold_rate(25)
    assert held(session, 90.0, 5) == 2
    assert session.message == "painting 54x40 for 25 fps"
    assert session.last is not None
    session.last = session.last._replace(ratio=Ratio("3/2"))
    type_(session, "+")
    assert (session.look.coarser, session.target_fps) == (0, 0)
    assert session.message == "strokes 8.3, painting 64x48"
    assert held(session, 90.0, 30) == 0, "it stays"


def test_on_a_cpu_the_cameras_rate_is_held_up_to_30_if_nothing_else_is_asked_for() -> None:
    session = make()
    assert session.rate_held(60) == 0, "other devices keep the size"
    session.gallery = Gallery([style_of("one")], lambda _: OnCpu(), fade=0)
    assert [session.rate_held(fps) for fps in (0, 15, 29.97, 60)] == [30, 15, 29.97, 30]
    assert held(session, 40.0, 10, capture_fps=15) == 0
    assert held(session, 40.0, 20, capture_fps=60) > 0
    session.hold_rate(0)
    assert (session.look.coarser, held(session, 40.0, 20)) == (0, 0)
    session.hold_rate(None)
    assert held(session, 40.0, 20) > 0


def test_the_rest_of_the_frame_counts() -> None:
    session = make()
    session.hold_rate(25)
    assert held(session, 30.0, 5) == 0
    session = make()
    session.hold_rate(25)
    assert held(session, 30.0, 5, rest_ms=15.0) > 0


def test_a_step_chosen_for_larger_frames_does_not_stand_in_the_way() -> None:
    """The network camera came back smaller."""
    session = make()
    session.hold_rate(25)
    session.look = replace(session.look, coarser=4)
    assert session.last is not None
    session.keep_pace(session.last, 0)
    assert (session.look.coarser, session.message) == (2, "painting 54x40 for 25 fps")
