"""Tests that a frame rate is held with smaller paintings, and that keys choose their size."""

from dataclasses import replace

from nstcam.realtime.effects.strokes import Ratio, painting_hw, ratio_for
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.painting_size import hold_rate, keep_pace, rate_held
from nstcam.realtime.live.session import Session
from tests.support.fakes.live import style_of
from tests.support.fakes.session import OnCpu, make, type_


def held(session: Session, ms: float, count: int, capture_fps: float = 0.0, rest_ms: float = 0.0) -> int:
    """The index of the painting's size after frames that took so long."""
    for _ in range(count):
        assert session.last is not None
        size_hw = session.last.sizes_hw[min(session.look.coarser, 2)]
        session.last = session.last._replace(ms=ms, rest_ms=rest_ms, size_hw=size_hw)
        keep_pace(session, session.last, capture_fps)
    return session.look.coarser


def test_a_rate_is_held_and_said_until_a_person_chooses_strokes() -> None:
    session = make()
    hold_rate(session, 25)
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
    assert rate_held(session, 60) == 0, "other devices keep the size"
    session.gallery = Gallery([style_of("one")], lambda _: OnCpu(), fade=0)
    assert [rate_held(session, fps) for fps in (0, 15, 29.97, 60)] == [30, 15, 29.97, 30]
    assert held(session, 40.0, 10, capture_fps=15) == 0
    assert held(session, 40.0, 20, capture_fps=60) > 0
    hold_rate(session, 0)
    assert (session.look.coarser, held(session, 40.0, 20)) == (0, 0)
    hold_rate(session, None)
    assert held(session, 40.0, 20) > 0


def test_the_rest_of_the_frame_counts() -> None:
    session = make()
    hold_rate(session, 25)
    assert held(session, 30.0, 5) == 0
    session = make()
    hold_rate(session, 25)
    assert held(session, 30.0, 5, rest_ms=15.0) > 0


def test_a_step_chosen_for_larger_frames_does_not_stand_in_the_way() -> None:
    """The network camera came back smaller."""
    session = make()
    hold_rate(session, 25)
    session.look = replace(session.look, coarser=4)
    assert session.last is not None
    keep_pace(session, session.last, 0)
    assert (session.look.coarser, session.message) == (2, "painting 54x40 for 25 fps")


def test_keys_make_strokes_finer_and_broader() -> None:
    session = make(size_wh=(640, 480))
    sizes = []
    for key in "====----+":
        type_(session, key)
        assert session.last is not None
        ratio = ratio_for((480, 640), session.look.stroke_scale)
        session.last = session.last._replace(ratio=ratio)
        sizes.append(painting_hw((480, 640), ratio)[0])
    assert sizes == [480] * 4 + [384, 320, 240, 192, 240], "from 384 lines, the default, up to the picture's own"
    assert (session.look.stroke_scale, session.message) == (1.7, "strokes 1.7, painting 320x240")
    session.look = replace(session.look, stroke_scale=1.0)


def test_strokes_end_where_they_end() -> None:
    session = make()
    type_(session, "+")
    assert session.message == "finest strokes: as large as the picture"
    assert session.last is not None
    session.last = session.last._replace(ratio=Ratio("3/2"))
    type_(session, "-")
    assert session.message == "broadest strokes"
