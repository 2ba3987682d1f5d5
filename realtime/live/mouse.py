"""Carries out what the mouse asks for: it picks styles by their small pictures."""

from __future__ import annotations

from nstcam.realtime.display.window import Pointer
from nstcam.realtime.live.choosing.picker import Shown
from nstcam.realtime.live.session import Session


def click(session: Session, pointer: Pointer) -> None:
    """Picks the style whose picture is under the mouse; beside the pictures, closes the strip."""
    style = session.picker.style_at(pointer)
    if style is not None:
        session.pick(style)
    elif session.picker.shown is Shown.STRIP:
        session.picker.close()
        session.follow_picker()


def point(session: Session, pointer: Pointer) -> None:
    """The mouse has moved. It opens nothing on a clean picture."""
    if not session.clean or session.picker.shown is not Shown.OFF:
        session.picker.point(pointer)
    session.follow_picker()


def scroll(session: Session, notches: int) -> None:
    """The wheel was turned, down if positive."""
    session.picker.scroll(notches)
    session.follow_picker()
