"""OSC: faders and buttons of other programs, tablets and phones by UDP. Needs python-osc, an optional package.

`/nstcam/strength 0.6` is the command `strength 0.6`, and likewise for all commands of commands.py; other addresses are
looked up in controls.toml. Messages are checked before they become commands: UDP does not tell who sent them.
"""

from __future__ import annotations

import importlib
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from nstcam.realtime.errors import SinkError
from nstcam.realtime.live.control.controls import VALUED, Controls, line_for
from nstcam.realtime.live.control.lines import LONGEST

PREFIX: Final = "/nstcam/"
LOOPBACK: Final = "127.0.0.1"
_MOST_BYTES: Final = 4096
"""A longer datagram is ignored."""
_MOST_MESSAGES: Final = 32
"""A bundle of more messages is ignored."""
_MOST_VALUES: Final = 4
_PER_SECOND: Final = 4000
"""Messages that are read per second; the system discards more, so that a flood cannot take time from the picture."""


class Osc:
    """Listens in a thread of its own until it is closed.

    Attributes:
        port: the port that it listens at.
    """

    def __init__(self, host: str, port: int, controls: Controls, put: Callable[[str], None]) -> None:
        """Opens the port.

        Args:
            host: the address of this machine to listen at: LOOPBACK takes messages of this machine only.
            port: 0 for a free one.
            put: takes command lines.

        Raises:
            SinkError: the package is missing, or the port cannot be opened.
        """
        try:
            self._packets: Any = importlib.import_module("pythonosc.osc_packet")
        except ImportError as error:
            raise SinkError("OSC needs a package; pip install 'nstcam[osc]'") from error
        self._controls, self._put = controls, put
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
            raise SinkError(f"OSC port {host}:{port} cannot be opened ({reason}); choose another one") from error
        self.port: int = self._socket.getsockname()[1]
        self._closed = False
        threading.Thread(target=self._listen, name="osc", daemon=True).start()

    def close(self) -> None:
        """Stops listening."""
        self._closed = True
        self._socket.close()

    def _listen(self) -> None:
        began, count = time.monotonic(), 0
        while not self._closed:
            try:
                data = self._socket.recv(_MOST_BYTES + 1)
            except OSError:  # closed; on Windows also an answer that nobody took
                if not self._closed:
                    time.sleep(0.01)
                continue
            for line in self.lines(data):
                self._put(line)
            count += 1
            passed = time.monotonic() - began
            if passed > 0.1 or count >= _PER_SECOND // 10:
                time.sleep(max(count / _PER_SECOND - passed, 0))
                began, count = time.monotonic(), 0

    def lines(self, data: bytes) -> list[str]:
        """The commands in a datagram; none if it is not OSC, is too large, or has no meaning here."""
        if len(data) > _MOST_BYTES or not data.startswith((b"/", b"#bundle\0")):
            return []
        if data.count(b"#bundle\0") > _MOST_MESSAGES:  # nested ones would be read by recursion
            return []
        try:
            messages = [timed.message for timed in self._packets.OscPacket(data).messages]
        except Exception:  # of any kind: it comes from outside, and the package raises several
            return []
        if len(messages) > _MOST_MESSAGES:
            return []
        found = (self._line(str(message.address), list(message.params)) for message in messages)
        return [line for line in found if line is not None and len(line) <= LONGEST and line.isprintable()]

    def _line(self, address: str, values: list[object]) -> str | None:
        if len(values) > _MOST_VALUES or not all(isinstance(value, str | int | float | bool) for value in values):
            return None
        numbers = [float(value) for value in values if isinstance(value, int | float) and abs(value) < 1e6]
        command = self._controls.osc.get(address)
        if command is not None:
            return line_for(command, min(max(numbers[0], 0.0), 1.0) if numbers else 1.0)
        if not address.startswith(PREFIX):
            return None
        command = " ".join(address.removeprefix(PREFIX).split("/"))
        word = command.partition(" ")[0]
        if word in VALUED and command == word:
            return " ".join([command, *(_text(value) for value in values)])
        if numbers:
            return line_for(command, min(max(numbers[0], 0.0), 1.0))
        return " ".join([command, *(_text(value) for value in values)])


def _text(value: object) -> str:
    """A value as text for a command line. Faders send 2.0 where 2 is meant."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(int(value)) if isinstance(value, bool) else str(value)
