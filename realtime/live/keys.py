"""Carries out what keys ask for."""

from __future__ import annotations

from dataclasses import replace

from nstcam.realtime.effects.look import STEP
from nstcam.realtime.live.choosing.picker import Shown
from nstcam.realtime.live.hotkeys import ESCAPE, Action, Press
from nstcam.realtime.live.painting_size import broaden
from nstcam.realtime.live.session import Session
from nstcam.realtime.output.switch import Output
from nstcam.realtime.people.words import OFF, PAINT


def obey(session: Session, press: Press) -> None:
    """Carries out what a key asks for. The message of the key before goes."""
    session.message = ""
    if not press.key.isdigit():
        session.digits.forget()
    match press.action:
        case Action.STYLE:
            session.pick(session.digits.number(int(press.key), len(session.gallery.styles)) - 1)
        case Action.NEXT:
            _step(session, 1)
        case Action.PREVIOUS:
            _step(session, -1)
        case Action.RIGHT:
            _arrow(session, 1)
        case Action.LEFT:
            _arrow(session, -1)
        case Action.ORIGINAL if press.key == " " and session.ended:
            session.play_again()
        case Action.ORIGINAL:
            number = session.digits.number(0, len(session.gallery.styles)) if press.key == "0" else 0
            session.pick(number - 1) if number else session.gallery.toggle_bypass()
        case Action.WEAKER:
            session.set_strength(session.look.stronger(-STEP).strength)
        case Action.STRONGER:
            session.set_strength(session.look.stronger(STEP).strength)
        case Action.BLEND:
            _blend(session)
        case Action.COMPARE:
            session.compare = session.compare.following
            session.say(session.compare.value)
        case Action.PICKER:
            session.help = False
            session.picker.cycle()
        case Action.KEEP_COLORS:
            session.look = replace(session.look, keep_colors=not session.look.keep_colors)
            session.say("original colours" if session.look.keep_colors else "colours of the painting")
        case Action.PAINT:
            session.set_paint(PAINT[(PAINT.index(session.look.paint) + 1) % len(PAINT)])
        case Action.BACKGROUND:
            session.set_background(*((OFF, None) if session.look.background != OFF else session.behind_on))
        case Action.STEADY:
            before = session.look.steady
            session.look = replace(session.look, steady=0.0 if before else session.steady_on)
            session.steady_on = before or session.steady_on
            session.say(f"steadiness {session.look.steady:g}" if session.look.steady else "steadiness off")
        case Action.SMALLER:
            broaden(session, 1)
        case Action.LARGER:
            broaden(session, -1)
        case Action.MIRROR:
            session.set_mirror(not session.mirror)
        case Action.FULLSCREEN:
            session.fullscreen = not session.fullscreen
            session.toggle_fullscreen()
        case Action.SNAPSHOT:
            session.snapshot()
        case Action.RECORD:
            _switch(session, session.recorder, "recording is not available")
        case Action.VIRTUAL_CAMERA:
            _switch(session, session.virtual_camera, "the virtual camera is not available")
        case Action.HUD:
            session.hud, session.clean = not session.hud and not session.clean, session.hud
        case Action.LEARN:
            session.learn(session.lessons.learning is None)
        case Action.KEEP:
            session.keep()
        case Action.SAVE:
            session.save_settings()
        case Action.HELP:
            session.help = not session.help
            session.picker.close()
        case Action.QUIT if press.key == ESCAPE and (session.help or session.picker.shown is not Shown.OFF):
            session.help = False
            session.picker.close()
        case Action.QUIT:
            session.quit = True
    session.follow_picker()


def _step(session: Session, by: int) -> None:
    session.gallery.step(by)
    session.picker.use()


def _arrow(session: Session, direction: int) -> None:
    if session.gallery.mix is None or session.picker.shown is not Shown.OFF:
        _step(session, direction)
        return
    session.gallery.move_mix(direction * STEP)
    session.say(session.gallery.title)


def _blend(session: Session) -> None:
    session.gallery.toggle_mix()
    partner = session.gallery.partner
    session.say(f"blend with {partner.name}: arrows move the mix" if partner else "blend off")


def _switch(session: Session, output: Output | None, without: str) -> None:
    if output is None:
        session.say(without)
    else:
        session.switch(output)
