"""Commands of instruments (OSC, MIDI) on their way from their threads to the live loop."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final

from nstcam.realtime.live.control.commands import answer
from nstcam.realtime.live.loop import Remote
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading

MOST_WAITING: Final = 100
"""How many commands may wait for the next frame; more are left out."""
_LAST_COUNTS: Final = (
    "style",
    "blend",
    "strength",
    "steady",
    "stroke-scale",
    "target-fps",
    "keep-colors",
    "follow",
    "brighten",
    "mirror",
)
"""Commands that set something: of those that come between two frames, only the last one is carried out."""
_EACH_COUNTS: Final = ("next", "previous", "key")
"""Commands that are carried out as often as they come. Of all others, the same line counts once between two frames."""


class Inbox:
    """Collects command lines from any thread. However many come, each frame carries out a few: a fader that sends a
    thousand values a second costs no more than one that sends thirty."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, str] = {}

    def put(self, line: str) -> None:
        """Takes a line of commands.py; never blocks."""
        word = line.partition(" ")[0]
        with self._lock:
            key = word if word in _LAST_COUNTS else line
            if word in _EACH_COUNTS:
                key = f"{len(self._waiting)} {line}"
            self._waiting.pop(key, None)  # what is set last is carried out last
            if len(self._waiting) < MOST_WAITING:
                self._waiting[key] = line

    def obey(self, session: Session, reading: Reading) -> None:
        """Carries out what has come since the last call, and says in the window what was wrong."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for line in waiting.values():
            answered = answer(line, session, reading)
            if answered.startswith("error "):
                session.say(answered.removeprefix("error "))


class Together:
    """Several remote controls as one."""

    def __init__(self, remotes: Sequence[Remote]) -> None:
        self._remotes = tuple(remotes)

    def obey(self, session: Session, reading: Reading) -> None:
        for remote in self._remotes:
            remote.obey(session, reading)
