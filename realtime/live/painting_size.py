"""How large the painting is: chosen to hold a frame rate, or by the strokes that the user asked for."""

from __future__ import annotations

from dataclasses import replace

from nstcam.realtime.effects.strokes import painting_hw, ratio_for, scale_of
from nstcam.realtime.engine.devices import CPU
from nstcam.realtime.live.pace import FASTEST_DEFAULT, Took
from nstcam.realtime.live.painter import Painted
from nstcam.realtime.live.session import Session


def hold_rate(session: Session, fps: float | None) -> None:
    """From now on the painting's size holds that rate; see Session.target_fps."""
    session.target_fps = fps
    if fps == 0:
        session.look = replace(session.look, coarser=0)


def rate_held(session: Session, capture_fps: float) -> float:
    """The rate that the painting's size holds, 0 if none.

    Args:
        capture_fps: the camera's rate; 0 if it is not known yet.
    """
    if session.target_fps is not None:
        return session.target_fps
    if session.gallery.device != CPU.title:
        return 0
    return min(capture_fps, FASTEST_DEFAULT) or FASTEST_DEFAULT


def keep_pace(session: Session, painted: Painted, capture_fps: float) -> None:
    """Adapts the painting's size to the rate that is to be held, if one is, after a frame that was stylized."""
    fps = rate_held(session, capture_fps)
    if not fps:
        return
    pixels = [height * width for height, width in painted.sizes_hw]
    what = painted.style and painted.style.name, painted.sizes_hw
    coarser = session.pace.record(Took(painted.ms, painted.rest_ms), fps, session.look.coarser, pixels, what)
    if coarser != session.look.coarser:
        height, width = painted.sizes_hw[coarser]
        session.look = replace(session.look, coarser=coarser)
        session.say(f"painting {width}x{height} for {fps:.0f} fps")


def set_stroke_scale(session: Session, scale: float) -> None:
    """How broad strokes are from now on; no rate is held any more."""
    session.target_fps = 0
    session.look = replace(session.look, stroke_scale=scale, coarser=0)
    text = f"strokes {scale:g}"
    if session.last is not None:
        frame_hw = _frame_hw(session.last)
        height, width = painting_hw(frame_hw, ratio_for(frame_hw, scale))
        text += f", painting {width}x{height}"
    session.say(text)


def broaden(session: Session, by: int) -> None:
    """Makes the painting `by` sizes smaller and strokes broader, or finer if negative; no rate is held any more."""
    if session.last is None:
        return
    frame_hw, before = _frame_hw(session.last), session.last.ratio
    ratio = ratio_for(frame_hw, scale_of(frame_hw, before), by)
    if ratio == before:
        session.say("finest strokes: as large as the picture" if by < 0 else "broadest strokes")
    else:
        set_stroke_scale(session, scale_of(frame_hw, ratio))


def _frame_hw(painted: Painted) -> tuple[int, int]:
    height, width = painted.original.shape[:2]
    return height, width
