"""What the command lines mean: `style starry`, `strength 0.6`, `status`. port.py reads them."""

from __future__ import annotations

import json
from typing import Final

from nstcam.realtime.effects.look import Look
from nstcam.realtime.live import keys
from nstcam.realtime.live.control.answers import SWITCHES, said, shown, within
from nstcam.realtime.live.control.look_commands import look_after
from nstcam.realtime.live.control.status import status
from nstcam.realtime.live.control.style_commands import blend, choose_style, set_background
from nstcam.realtime.live.hotkeys import Action, Press, press_of
from nstcam.realtime.live.painting_size import hold_rate, set_stroke_scale
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading
from nstcam.realtime.output.switch import Output
from nstcam.realtime.people.words import PAINT

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


def answer(line: str, session: Session, reading: Reading, *, files: bool = True) -> str:
    """Carries out one command. Returns one line: ok, JSON for status, or what was wrong. Never raises.

    Args:
        files: whether commands may name files of this machine.
    """
    word, _, value = line.strip().partition(" ")
    word, value = word.lower(), value.strip()
    if word in _PRESSES and not value:
        return _press(Press(_PRESSES[word], ""), session)
    changed = look_after(word, value, session.look)
    if changed is not None:
        return changed if isinstance(changed, str) else _take_over(word, changed, session)
    match word:
        case "style":
            return choose_style(value, session, files=files)
        case "blend":
            return blend(value, session)
        case "mirror" if value in ("on", "off"):
            session.set_mirror(value == "on")
            return "ok"
        case "paint" if value in PAINT:
            session.set_paint(value)
            return f"ok {session.message}"
        case "background":
            return set_background(value, session)
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
            return said(session, session.keep())
        case "save" if not value:
            return said(session, session.save_settings())
        case "play" if not value:
            if not session.ended:
                return "error no clip has ended; play restarts one that has"
            session.play_again()
            return "ok"
        case "snapshot" if not value:
            return said(session, session.snapshot())
        case "status" if not value:
            return json.dumps(status(session, reading))
        case "help":
            return "ok " + ", ".join(COMMANDS)
    return f"error {shown(line)} is not a command; help lists them"


def _press(press: Press, session: Session) -> str:
    keys.obey(session, press)
    return f"ok {session.message}" if session.message else "ok"


def _take_over(word: str, changed: Look, session: Session) -> str:
    """Takes a look over in which that command has changed something."""
    if word == "stroke-scale":  # the rate that is held ends with it
        set_stroke_scale(session, changed.stroke_scale)
        return f"ok {session.message}"
    if word == "strength":
        session.set_strength(changed.strength)
    else:
        session.look = changed
    return "ok"


def _target_fps(value: str, session: Session) -> str:
    fps = {"off": 0.0, "auto": None}.get(value, within(value, 1, 240))
    if fps is None and value != "auto":
        return f"error target-fps {shown(value)} is not a number from 1 to 240, off or auto"
    hold_rate(session, fps)
    return "ok"


def _switch(what: str, value: str, output: Output | None, session: Session) -> str:
    """Switches an output on or off, as `value` says; without a value, switches it over."""
    if output is None:
        return f"error {what} is not available"
    if value and value not in SWITCHES:
        return f"error {shown(value)} is not one of {', '.join(SWITCHES)}"
    if value and SWITCHES[value] == output.on:
        return "ok"
    return said(session, session.switch(output))


def _learn(value: str, session: Session) -> str:
    """Learns the picture that is shown, or ends that, as `value` says; without a value, the other way round."""
    learning = session.lessons.learning is not None
    if value and value not in SWITCHES:
        return f"error {shown(value)} is not one of {', '.join(SWITCHES)}"
    wanted = SWITCHES[value] if value else not learning
    if not wanted and not learning:
        return "ok"
    return said(session, session.learn(wanted))
