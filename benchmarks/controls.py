"""Measures what a flood of control messages costs the live picture.

    python -m benchmarks.controls [--fps 15] [--messages 1000] [--rounds 4] [--seconds 8] [--json FILE]

A test pattern plays at a steady rate into the live loop without a window. In every second round a process of its own
sends OSC messages to a port of this machine, as a fader does that is moved without a pause. Printed are, with and
without the flood, the frames that were delivered, the 95th percentile and the longest of the intervals between them,
and how many messages reached the session's strength. Rounds alternate, so that other work on the machine affects both.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchmarks.switching import Steady, Times, figures
from benchmarks.tools.machine import processor, tell
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.control.controls import Controls
from nstcam.realtime.live.control.inbox import Inbox
from nstcam.realtime.live.control.osc import LOOPBACK, Osc
from nstcam.realtime.live.loop import run
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading
from nstcam.realtime.style_files.library import find_style

SIZE_WH: Final = 640, 480
_LOWEST: Final = 0.25
"""The messages set strengths between this and 1."""


def send(port: int, per_second: float) -> None:
    """Sends messages until it is killed."""
    from pythonosc.osc_message_builder import OscMessageBuilder

    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    began, sent = time.monotonic(), 0
    while True:
        message = OscMessageBuilder("/nstcam/strength")  # type: ignore[no-untyped-call]
        message.add_arg(_LOWEST + (1 - _LOWEST) * (sent % 100) / 100, "f")
        out.sendto(message.build().dgram, (LOOPBACK, port))
        sent += 1
        time.sleep(max(began + sent / per_second - time.monotonic(), 0))


@contextmanager
def flood(port: int, per_second: float) -> Iterator[None]:
    """Messages from another process, during the block."""
    sender = multiprocessing.get_context("spawn").Process(target=send, args=(port, per_second), daemon=True)
    sender.start()
    try:
        yield
    finally:
        sender.kill()
        sender.join()


class Listener:
    """The session's remote control: counts what arrives, and ends the session in time."""

    def __init__(self, inbox: Inbox, seconds: float) -> None:
        self._inbox, self._seconds, self._until = inbox, seconds, 0.0
        self.changes = 0
        """How often the strength had changed when the loop looked for commands."""
        self._strength: float | None = None

    def obey(self, session: Session, reading: Reading) -> None:
        self._inbox.obey(session, reading)
        self.changes += session.look.strength != self._strength
        self._strength = session.look.strength
        now = time.monotonic()
        self._until = self._until or now + self._seconds
        session.quit = now > self._until


def measure(fps: float, per_second: float, rounds: int, seconds: float) -> dict[str, Any]:
    results: dict[str, list[dict[str, float]]] = {"quiet": [], "flood": []}
    for number in range(2 * rounds):
        name = ("quiet", "flood")[number % 2]
        gallery = Gallery((find_style("starry"),), lambda style: Stylizer(style, "cpu"))
        session, times, inbox = Session(gallery), Times(), Inbox()
        received = [0]

        def put(line: str, inbox: Inbox = inbox, received: list[int] = received) -> None:
            received[0] += 1
            inbox.put(line)

        osc, listener = Osc(LOOPBACK, 0, Controls(), put), Listener(inbox, seconds)
        session.recorder = times
        try:
            with flood(osc.port, per_second if name == "flood" else 1e-3):  # the process is there in both
                run(Steady(SIZE_WH, fps), session, output_size=SIZE_WH, remote=listener)
        finally:
            osc.close()
            gallery.close()
        counts = {"frames": len(times.captured), "messages": received[0], "changes": listener.changes}
        results[name].append({**counts, **figures(times.captured, fps)})
    return {
        "cpu": processor(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "fps": fps, "messages_per_second": per_second, "seconds": seconds, **results,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fps", type=float, default=15)
    parser.add_argument("--messages", type=float, default=1000, help="a second")
    parser.add_argument("--rounds", type=int, default=4, help="with and without the flood each")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    result = measure(arguments.fps, arguments.messages, arguments.rounds, arguments.seconds)
    tell(result, arguments.json)


if __name__ == "__main__":
    main()
