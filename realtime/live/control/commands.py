"""What the command lines mean: `style starry`, `strength 0.6`, `status`. port.py reads them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Final

from nstcam.realtime.effects.strokes import LARGEST, SMALLEST
from nstcam.realtime.engine.style import is_model, is_picture
from nstcam.realtime.live import keys
from nstcam.realtime.live.hotkeys import Action, Press, press_of
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading
from nstcam.realtime.output.switch import Output
from nstcam.realtime.people.words import BLUR, OFF, PAINT, PICTURE, STYLE

COMMANDS: Final = (
    "style NAME|NUMBER|FILE",
    "blend NAME|NUMBER [0..1]",
    "blend off",
    "strength 0..1",
    "steady 0..1",
    "keep-colors on|off",
    "follow on|off",
    "brighten on|off",
    "mirror on|off",
    "paint all|person|background",
    "background off|blur|picture|NAME|NUMBER",
    "stroke-scale 0.1..10",
    "target-fps 1..240|off|auto",
    "original",
    "next",
    "previous",
    "play",
    "snapshot",
    "record [start|stop]",
    "virtual-camera [on|off]",
    "stream [on|off]",
    "learn [start|stop]",
    "keep",
    "key K",
    "save",
    "status",
    "help",
    "quit",
)

_PRESSES: Final = {
    "original": Action.ORIGINAL,
    "next": Action.NEXT,
    "previous": Action.PREVIOUS,
    "quit": Action.QUIT,
}
_SWITCHES: Final = {"start": True, "on": True, "stop": False, "off": False}


def answer(line: str, session: Session, reading: Reading, *, files: bool = True) -> str:
    """Carries out one command. Returns one line: ok, JSON for status, or what was wrong. Never raises.

    Args:
        files: whether commands may name files of this machine.
    """
    word, _, value = line.strip().partition(" ")
    word, value = word.lower(), value.strip()
    if word in _PRESSES and not value:
        return _press(Press(_PRESSES[word], ""), session)
    match word:
        case "style":
            return _style(value, session, files=files)
        case "blend":
            return _blend(value, session)
        case "strength" | "steady":
            return _number(word, value, session)
        case "keep-colors" if value in ("on", "off"):
            session.look = replace(session.look, keep_colors=value == "on")
            return "ok"
        case "follow" if value in ("on", "off"):
            session.look = replace(session.look, follow=value == "on")
            return "ok"
        case "brighten" if value in ("on", "off"):
            session.look = replace(session.look, brighten=value == "on")
            return "ok"
        case "mirror" if value in ("on", "off"):
            session.set_mirror(value == "on")
            return "ok"
        case "paint" if value in PAINT:
            session.set_paint(value)
            return f"ok {session.message}"
        case "background":
            return _background(value, session)
        case "stroke-scale":
            return _stroke_scale(value, session)
        case "target-fps":
            return _target_fps(value, session)
        case "record":
            return _switch("recording", value, session.recorder, session)
        case "virtual-camera":
            return _switch("the virtual camera", value, session.virtual_camera, session)
        case "stream":
            return _switch("a stream, which --stream URL gives,", value, session.stream, session)
        case "key":
            press = press_of(ord(value)) if len(value) == 1 else None
            return _press(press, session) if press else f"error key {shown(value)} has no meaning"
        case "learn":
            return _learn(value, session)
        case "keep" if not value:
            return _said(session, session.keep())
        case "save" if not value:
            return _said(session, session.save_settings())
        case "play" if not value:
            if not session.ended:
                return "error no clip has ended; play restarts one that has"
            session.play_again()
            return "ok"
        case "snapshot" if not value:
            return _said(session, session.snapshot())
        case "status" if not value:
            return json.dumps(status(session, reading))
        case "help":
            return "ok " + ", ".join(COMMANDS)
    return f"error {shown(line)} is not a command; help lists them"


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


def shown(text: str) -> str:
    """Text from outside, quoted, shortened and on one line."""
    return repr(text.strip()[:40])


def _press(press: Press, session: Session) -> str:
    keys.obey(session, press)
    return f"ok {session.message}" if session.message else "ok"


def _said(session: Session, done: bool) -> str:
    return f"{'ok' if done else 'error'} {session.message}"


def _index(value: str, session: Session) -> int | None:
    """The index of the style with that name or number; None if there is none."""
    names = [style.name for style in session.gallery.styles]
    if value in names:
        return names.index(value)
    return int(value) - 1 if value.isdecimal() and 1 <= int(value) <= len(names) else None


def _no_style(value: str, session: Session) -> str:
    return f"error style {shown(value)} is not among {', '.join(style.name for style in session.gallery.styles)}"


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


def _style(value: str, session: Session, *, files: bool) -> str:
    index = _index(value, session)
    if index is not None:
        session.pick(index)
        return "ok"
    path = _file(value) if files else None
    if path is None:
        return _no_style(value, session)
    return _said(session, session.invite(path))


def _blend(value: str, session: Session) -> str:
    gallery = session.gallery
    if value == "off":
        if gallery.mix is not None:
            gallery.toggle_mix()
        return "ok"
    name, _, share = value.rpartition(" ")
    if not name or _index(value, session) is not None:
        name, share = value, "0.5"
    index, mix = _index(name.strip(), session), _share(share)
    if index is None:
        return _no_style(name, session)
    if mix is None:
        return f"error share {shown(share)} is not a number from 0 to 1"
    if gallery.styles[index] is gallery.current:
        return f"error style {name} is being shown; blend it with another style"
    gallery.blend(index, mix)
    return "ok"


def _background(value: str, session: Session) -> str:
    index = None
    if value == PICTURE:
        if session.backdrop is None:
            return "error there is no picture; start nstcam with --background PICTURE"
        kind = PICTURE
    elif value in (OFF, BLUR):
        kind = value
    else:
        kind, index = STYLE, _index(value, session)
        if index is None:
            return f"{_no_style(value, session)}, nor is it {OFF}, {BLUR} or {PICTURE}"
    session.set_background(kind, index)
    return f"ok {session.message}"


def _stroke_scale(value: str, session: Session) -> str:
    scale = _within(value, SMALLEST, LARGEST)
    if scale is None:
        return f"error stroke-scale {shown(value)} is not a number from {SMALLEST:g} to {LARGEST:g}"
    session.set_stroke_scale(scale)
    return f"ok {session.message}"


def _target_fps(value: str, session: Session) -> str:
    fps = {"off": 0.0, "auto": None}.get(value, _within(value, 1, 240))
    if fps is None and value != "auto":
        return f"error target-fps {shown(value)} is not a number from 1 to 240, off or auto"
    session.hold_rate(fps)
    return "ok"


def _switch(what: str, value: str, output: Output | None, session: Session) -> str:
    """Switches an output on or off, as `value` says; without a value, switches it over."""
    if output is None:
        return f"error {what} is not available"
    if value and value not in _SWITCHES:
        return f"error {shown(value)} is not one of {', '.join(_SWITCHES)}"
    if value and _SWITCHES[value] == output.on:
        return "ok"
    return _said(session, session.switch(output))


def _learn(value: str, session: Session) -> str:
    """Learns the picture that is shown, or ends that, as `value` says; without a value, the other way round."""
    learning = session.lessons.learning is not None
    if value and value not in _SWITCHES:
        return f"error {shown(value)} is not one of {', '.join(_SWITCHES)}"
    wanted = _SWITCHES[value] if value else not learning
    if not wanted and not learning:
        return "ok"
    return _said(session, session.learn(wanted))


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


def _share(text: str) -> float | None:
    """A number from 0 to 1; None for any other text."""
    return _within(text, 0, 1)


def _within(text: str, low: float, high: float) -> float | None:
    """A number from `low` to `high`; None for any other text."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if low <= number <= high else None


def _number(word: str, value: str, session: Session) -> str:
    number = _share(value)
    if number is None:
        return f"error {word} {shown(value)} is not a number from 0 to 1"
    if word == "strength":
        session.set_strength(number)
    else:
        session.look = replace(session.look, steady=number)
    return "ok"
