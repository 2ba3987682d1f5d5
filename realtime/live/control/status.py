"""What a live session is doing and how fast, as values for JSON."""

from __future__ import annotations

from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading


def status(session: Session, reading: Reading) -> dict[str, object]:
    """What the command `status` answers: the session and its figures, ready for JSON."""
    gallery, look = session.gallery, session.look
    return {
        "style": None if gallery.bypass else gallery.current.name,
        "styles": [style.name for style in gallery.styles],
        "strength": look.strength,
        "steady": look.steady,
        "follow": look.follow,
        "brighten": look.brighten,
        "keep_colors": look.keep_colors,
        "paint": look.paint,
        "background": session.background_name,
        "blend": {"style": gallery.partner.name, "share": gallery.mix} if gallery.partner else None,
        "ready": gallery.ready,
        "opening": gallery.opening.name if gallery.opening else None,
        "stroke_scale": look.stroke_scale,
        "painting_size": session.last.size_hw[::-1] if session.last else None,
        "output_size": session.last.frame.shape[1::-1] if session.last else None,
        "target_fps": session.target_fps,
        "compare": session.compare.name.lower(),
        "picker": session.picker.shown.value,
        "mirror": session.mirror,
        "fullscreen": session.fullscreen,
        "figures": session.hud,
        "clean": session.clean,
        "keys_shown": session.help,
        "learning": _learning(session),
        "message": session.message,
        "device": gallery.device,
        "fps": round(reading.fps, 2),
        "latency_ms": round(reading.latency_ms, 1),
        "frames": reading.frames,
        "dropped": reading.dropped,
        "recording": session.recorder is not None and session.recorder.on,
        "virtual_camera": session.virtual_camera is not None and session.virtual_camera.on,
        "stream": session.stream is not None and session.stream.on,
    }


def _learning(session: Session) -> dict[str, object] | None:
    """What is being learnt, and for how long; None if nothing is."""
    learner = session.lessons.learning
    if learner is None:
        return None
    return {
        "style": learner.style.name,
        "seconds": learner.seconds,
        "steps": learner.steps,
        "shown": learner.newest is not None,
    }
