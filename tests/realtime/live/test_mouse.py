"""Tests picking styles with the mouse."""

from benchmarks.tools.waiting import until
from nstcam.realtime.display.window import Pointer
from nstcam.realtime.live import mouse
from nstcam.realtime.live.preview import picture
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading
from tests.support.fakes.session import make, type_

LEFT = 0xFF51


def drawn(session: Session) -> None:
    """As the window draws it."""
    assert session.last is not None
    picture(session.last, session, Reading(), Pointer())


def test_the_grid_is_left_by_a_click_or_a_digit() -> None:
    session = make()
    mouse.click(session, Pointer(0.5, 0.1))
    assert session.gallery.current.name == "one", "without the grid a click means nothing"
    type_(session, "g", "g")
    drawn(session)
    assert session.look.cells == (0, 1, 2)
    mouse.click(session, Pointer(0.5, 0.8))
    assert session.picker.shown.name == "GRID", "there is no style at that place"
    mouse.click(session, Pointer(0.5, 0.1))
    assert session.picker.shown.name == "OFF"
    assert not session.look.cells
    until(lambda: session.gallery.current.name == "two")
    type_(session, "g", "g", "1")
    assert session.picker.shown.name == "OFF"
    assert session.gallery.current.name == "one"
    session.gallery.close()


def test_the_strip_stays_for_further_tries_and_a_click_beside_it_closes_it() -> None:
    session = make()
    type_(session, "b", "g")
    drawn(session)
    mouse.click(session, Pointer(0.6, 0.75))
    until(lambda: session.gallery.current.name == "three")
    type_(session, LEFT, "1", "n")
    assert session.gallery.wanted == 1, "arrows go through the styles although a blend is on"
    assert session.picker.shown.name == "STRIP"
    mouse.click(session, Pointer(0.5, 0.2))
    assert session.picker.shown.name == "OFF"
    session.gallery.close()


def test_the_mouse_opens_no_strip_on_a_clean_picture_and_key_g_does() -> None:
    session = make()
    type_(session, "i")
    mouse.point(session, Pointer(0.5, 0.99))
    assert session.picker.shown.name == "OFF"
    type_(session, "g")
    mouse.point(session, Pointer(0.5, 0.98))
    assert session.picker.shown.name == "STRIP"
    session.gallery.close()
