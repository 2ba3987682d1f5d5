"""Commands by line, from standard input and from a port of this machine: `style starry`, `strength 0.6`, `status`."""

from __future__ import annotations

import json
import queue
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import IO, Final

from realtime.errors import SinkError
from realtime.hotkeys import Action, Press
from realtime.meter import Reading
from realtime.session import Session

LONGEST: Final = 1000
"""Characters of a line; what is longer ends the connection."""
_CLIENTS: Final = 16

COMMANDS: Final = (
    "style NAME|NUMBER",
    "strength 0..1",
    "steady 0..1",
    "colours on|off",
    "original",
    "next",
    "previous",
    "snapshot",
    "record",
    "virtual-camera",
    "status",
    "help",
    "quit",
)

_PRESSES: Final = {
    "original": Action.ORIGINAL,
    "next": Action.NEXT,
    "previous": Action.PREVIOUS,
    "record": Action.RECORD,
    "virtual-camera": Action.VIRTUAL_CAMERA,
    "quit": Action.QUIT,
}


def answer(line: str, session: Session, reading: Reading) -> str:
    """Carries out one command; gives one line: ok, JSON for status, or what was wrong. Never raises."""
    word, _, value = line.strip().partition(" ")
    word, value = word.lower(), value.strip()
    if word in _PRESSES and not value:
        before = session.message
        session.press(Press(_PRESSES[word], ""))
        return f"ok {session.message}" if session.message != before else "ok"
    match word:
        case "style":
            return _style(value, session)
        case "strength" | "steady":
            return _number(word, value, session)
        case "colours" if value in ("on", "off"):
            session.look = replace(session.look, keep_colors=value == "on")
            return "ok"
        case "snapshot" if not value:
            said = session.snapshot()
            return f"ok {said}" if said.startswith("saved") else f"error {said or 'no frame yet'}"
        case "status" if not value:
            return json.dumps(status(session, reading))
        case "help":
            return "ok " + ", ".join(COMMANDS)
    return f"error {shown(line)} is no command; help lists them"


def status(session: Session, reading: Reading) -> dict[str, object]:
    gallery, look = session.gallery, session.look
    return {
        "style": None if gallery.bypass else gallery.current.name,
        "styles": [style.name for style in gallery.styles],
        "strength": look.strength,
        "steady": look.steady,
        "colours": look.keep_colors,
        "device": gallery.device,
        "fps": round(reading.fps, 2),
        "latency_ms": round(reading.latency_ms, 1),
        "frames": reading.frames,
        "dropped": reading.dropped,
        "recording": session.recorder is not None and session.recorder.on,
        "virtual_camera": session.virtual_camera is not None and session.virtual_camera.on,
    }


def shown(text: str) -> str:
    """Text from outside, short and on one line."""
    return repr(text.strip()[:40])


def _style(value: str, session: Session) -> str:
    names = [style.name for style in session.gallery.styles]
    if value in names:
        session.pick(names.index(value))
    elif value.isdecimal() and 1 <= int(value) <= len(names):
        session.pick(int(value) - 1)
    else:
        return f"error style {shown(value)} is not among {', '.join(names)}"
    return "ok"


def _number(word: str, value: str, session: Session) -> str:
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not 0 <= number <= 1:
        return f"error {word} {shown(value)} is not a number from 0 to 1"
    if word == "strength":
        session.set_strength(number)
    else:
        session.look = replace(session.look, steady=number)
    return "ok"


class Control:
    """Collects lines in threads; they are carried out between frames, on the thread of the live loop."""

    def __init__(self) -> None:
        self._lines: queue.Queue[tuple[str, Callable[[str], None]]] = queue.Queue(100)

    def obey(self, session: Session, reading: Reading) -> None:
        while not self._lines.empty():
            line, reply = self._lines.get()
            reply(answer(line, session, reading))

    def listen_to(self, stream: IO[str], reply: Callable[[str], None]) -> None:
        """Reads lines of `stream` until it ends, in a thread."""

        def read() -> None:
            for line in stream:
                if line.strip():
                    self._lines.put((line[:LONGEST], reply))

        threading.Thread(target=read, name="control", daemon=True).start()

    def listen_at(self, port: int) -> int:
        """Takes connections from this machine only; gives the port, a free one for 0.

        Raises:
            SinkError: the port is taken.
        """
        try:
            server = socket.create_server(("127.0.0.1", port))
        except OSError as error:
            raise SinkError(f"control port {port} cannot be opened ({error.strerror}); choose another") from error
        places = threading.BoundedSemaphore(_CLIENTS)

        def serve() -> None:
            while True:
                client, _ = server.accept()
                if not places.acquire(blocking=False):
                    client.close()
                    continue
                threading.Thread(target=self._talk, args=(client, places), name="control", daemon=True).start()

        threading.Thread(target=serve, name="control", daemon=True).start()
        bound: int = server.getsockname()[1]
        return bound

    def _talk(self, client: socket.socket, places: threading.BoundedSemaphore) -> None:
        def reply(text: str) -> None:
            with suppress(OSError):  # gone before it read the answer
                client.sendall(text.encode() + b"\n")

        try:
            client.settimeout(600)
            with client, client.makefile("rb") as stream:
                while line := stream.readline(LONGEST + 1):
                    if len(line) > LONGEST:
                        reply("error the line is too long")
                        return
                    if line.strip():
                        self._lines.put((line.decode("utf-8", errors="replace"), reply))
        except OSError:
            pass
        finally:
            places.release()
