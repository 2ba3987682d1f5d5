"""Commands that name a style: style, blend and background. Each returns its answer: ok, or error and what was wrong."""

from __future__ import annotations

from pathlib import Path

from nstcam.realtime.live.control.answers import index_of, no_style, said, share_of, shown
from nstcam.realtime.live.session import Session
from nstcam.realtime.people.words import BLUR, OFF, PICTURE, STYLE
from nstcam.realtime.style_files.library import is_model, is_picture


def _file(value: str) -> Path | None:
    """The picture or model at that path, where ~ is the user's folder; None if there is none on this machine: Windows
    would log in to a computer that a command names."""
    if value.startswith(("\\\\", "//")):
        return None
    try:
        path = Path(value).expanduser()
    except RuntimeError:  # no such user
        return None
    return path if is_picture(path) or is_model(path) else None


def choose_style(value: str, session: Session, *, files: bool) -> str:
    """Shows the style with that name or number or, if `files`, the picture or model at that path."""
    index = index_of(value, session.gallery.styles)
    if index is not None:
        session.pick(index)
        return "ok"
    path = _file(value) if files else None
    if path is None:
        return no_style(value, session.gallery.styles)
    return said(session, session.invite(path))


def blend(value: str, session: Session) -> str:
    """Mixes in a style, "wave 0.3" or "wave" for half of it; "off" ends the mixture."""
    gallery = session.gallery
    if value == "off":
        if gallery.mix is not None:
            gallery.toggle_mix()
        return "ok"
    name, _, share = value.rpartition(" ")
    if not name or index_of(value, session.gallery.styles) is not None:
        name, share = value, "0.5"
    index, mix = index_of(name.strip(), session.gallery.styles), share_of(share)
    if index is None:
        return no_style(name, session.gallery.styles)
    if mix is None:
        return f"error share {shown(share)} is not a number from 0 to 1"
    if gallery.styles[index] is gallery.current:
        return f"error style {name} is being shown; blend it with another style"
    gallery.blend(index, mix)
    return "ok"


def set_background(value: str, session: Session) -> str:
    """Puts the original room, the blurred room, the picture or a style behind people."""
    index = None
    if value == PICTURE:
        if session.backdrop is None:
            return "error there is no picture; start nstcam with --background PICTURE"
        kind = PICTURE
    elif value in (OFF, BLUR):
        kind = value
    elif not value:
        return f"error background takes {OFF}, {BLUR}, {PICTURE} or a style"
    else:
        kind, index = STYLE, index_of(value, session.gallery.styles)
        if index is None:
            return f"{no_style(value, session.gallery.styles)}, nor is it {OFF}, {BLUR} or {PICTURE}"
    session.set_background(kind, index)
    return f"ok {session.message}"
