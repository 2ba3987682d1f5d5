"""What comes into a live session: the source, the microphone, commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from io import TextIOWrapper

from nstcam.realtime.capture.microphone import Microphone
from nstcam.realtime.capture.modes import Mode
from nstcam.realtime.capture.open_source import open_source
from nstcam.realtime.capture.sources import Source
from nstcam.realtime.capture.tape import Tape
from nstcam.realtime.cli.live.options import LiveOptions, parse_port
from nstcam.realtime.cli.options.common import parse_size
from nstcam.realtime.cli.running.open_page import live_page
from nstcam.realtime.cli.running.terminal import Notices
from nstcam.realtime.errors import NstError
from nstcam.realtime.live.control.controls import load_controls
from nstcam.realtime.live.control.inbox import Inbox
from nstcam.realtime.live.control.midi import Midi, Translator
from nstcam.realtime.live.control.osc import LOOPBACK, Osc
from nstcam.realtime.live.control.port import Control
from nstcam.realtime.live.control.show import Show
from nstcam.realtime.live.loop import Remote
from nstcam.realtime.live.settings import Settings


def control_of(options: LiveOptions, notices: Notices) -> Control:
    """Takes commands from the port asked for and, without a window, from standard input."""
    control = Control()
    if options.control is not None:
        notices.add(f"listening for commands at 127.0.0.1:{control.listen_at(options.control)}")
    if not options.window and may_read_input():
        if isinstance(sys.stdin, TextIOWrapper):
            sys.stdin.reconfigure(errors="replace")  # bytes that are not text get an answer like any wrong command
        control.listen_to(sys.stdin, print_line)
    return control


def instruments(options: LiveOptions, notices: Notices, opened: ExitStack) -> list[Remote]:
    """What the page, OSC and MIDI ask for, and the automatic show."""
    remotes: list[Remote] = []
    if options.osc is not None or options.midi is not None:
        inbox, controls = Inbox(), load_controls(options.controls)
        remotes.append(inbox)
        if options.osc is not None:
            host, port = parse_port("--osc", options.osc)
            osc = Osc(host, port, controls, inbox.put)
            opened.callback(osc.close)
            notices.add(f"listening for OSC at {host}:{osc.port}")
            if host not in (LOOPBACK, "localhost"):
                notices.add("anyone who can reach that address can give commands: OSC has no password")
        if options.midi is not None:
            midi = Midi(options.midi, Translator(controls, inbox.put))
            opened.callback(midi.close)
            notices.add(f"listening to {midi.name}")
    if options.page is not None:
        page = live_page(*parse_port("--page", options.page), browser=options.browser, notices=notices)
        opened.callback(page.close)
        remotes.append(page)
    if options.every is not None:
        remotes.append(Show(options.every, shuffle=options.shuffle))
    return remotes


def source_of(settings: Settings, options: LiveOptions, tell: Callable[[str], None], tape: Tape | None) -> Source:
    """Without a window nobody could play a clip again: its end ends the program."""
    mode = Mode(parse_size(settings.size) if settings.size else None, settings.fps, settings.format)
    return open_source(settings.camera, mode, tell, loop=options.loop, hold=options.window, tape=tape)


def microphone_on(wanted: str | None, tape: Tape, notices: Notices, opened: ExitStack) -> bool:
    """Whether a microphone is laid on the tape. One that is missing is a notice: the picture matters more."""
    if wanted is None:
        return False
    try:
        microphone = Microphone(wanted, tape, notices.add)
    except NstError as error:
        notices.add(f"{error}; recordings are silent")
        return False
    opened.callback(microphone.close)
    return True


def may_read_input() -> bool:
    """Whether standard input can be read; reading would stop a program in the background of a terminal."""
    if sys.stdin is None or sys.stdin.closed:
        return False
    return not (sys.stdin.isatty() and hasattr(os, "tcgetpgrp") and os.tcgetpgrp(0) != os.getpgrp())


def print_line(text: str) -> None:
    """Writes past Python's buffer, whose lock the end of the program needs even if nobody reads the answers."""
    with suppress(OSError):
        os.write(sys.stdout.fileno(), f"{text}\n".encode(errors="backslashreplace"))
