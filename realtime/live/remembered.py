"""What key w saves: the state of a session as settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nstcam.realtime.capture.screen import is_screen
from nstcam.realtime.engine.style import BUNDLED_STYLES, Style, user_styles
from nstcam.realtime.live.session import Session
from nstcam.realtime.live.settings import Settings


def remembered(session: Session, asked: Settings, saved: Settings) -> Settings:
    """Settings with which the next start looks like this session.

    Args:
        asked: the settings that this session began with, the command line included.
        saved: those of the file before. The camera of the file stays where this session plays something else.
    """
    live_camera = is_camera(asked.camera) or is_screen(asked.camera)
    source = asked if live_camera else saved
    look = session.look
    return replace(
        source,
        style=lasting_name(session.gallery.current),
        strength=look.strength,
        keep_colors=look.keep_colors,
        steady=look.steady,
        follow=look.follow,
        work_size=asked.work_size,
        work_step=look.size,
        target_fps=session.pace.target_fps if session.pace else None,
        mirror=_mirror(session.mirror, saved.mirror, asked.camera),
        compare=session.compare.name.lower(),
        fullscreen=session.fullscreen,
        hud=session.hud,
    )


def _mirror(shown: bool, saved: bool | None, spec: str) -> bool | None:
    """What is saved stays while it is so: that a clip is not mirrored says nothing of the camera."""
    if shown == saved:
        return saved
    return None if shown == is_camera(spec) else shown


def lasting_name(style: Style) -> str:
    """What finds the style again: its name, or its file where that lies in no folder of styles."""
    path = style.path.resolve()
    return style.name if path.parent in (user_styles().resolve(), BUNDLED_STYLES.resolve()) else str(path)


def is_camera(spec: str) -> bool:
    """A camera of this machine: people want to see themselves as in a mirror."""
    return spec != "test" and not is_screen(spec) and "://" not in spec and not Path(spec).is_file()
