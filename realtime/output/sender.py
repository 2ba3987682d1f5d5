"""The program that connects a stream (stream_sender.py), as a file to write NUT to."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from nstcam.realtime.output.stream_address import Destination
from nstcam.realtime.output.stream_sender import CONNECTED, MISSING

_ENDING: Final = 5.0
"""Seconds that hanging up may take before it is cut off."""


class GoneError(OSError):
    """The sender has ended."""


class Sender:
    """The program that connects: a file to write NUT to. To be used with `with`, at whose end it has ended.

    Attributes:
        connected: whether the address has answered.
        reason: why it ended too early; "" if it did not.
        gone: whether it took no more.
        missing: whether its FFmpeg lacks the protocol.
    """

    def __init__(self, destination: Destination, tell: Callable[[str], None]) -> None:
        self.connected, self.gone, self.reason, self.missing = False, False, "", False
        self._name, self._tell = destination.name, tell
        command = [sys.executable, "-P", "-m", "nstcam.realtime.output.stream_sender"]
        self._program = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=False,
            # Ctrl-C is for nstcam, which ends the stream.
            start_new_session=True, creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )  # fmt: skip
        assert self._program.stdin is not None
        self._pipe = self._program.stdin
        self._listener = threading.Thread(target=self._listen, name="stream sender", daemon=True)
        self._listener.start()
        about = {"url": destination.url, "format": destination.format, "options": dict(destination.options)}
        with suppress(GoneError):
            self.write(f"{json.dumps(about)}\n".encode())

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._pipe.close()
        try:
            self._program.wait(_ENDING)
        except subprocess.TimeoutExpired:
            self.end("no answer")
        self._program.wait()
        self._listener.join()
        self.missing = self._program.returncode == MISSING
        if self._program.returncode and not self.reason:
            self.reason = "the sender was ended"

    def write(self, data: bytes) -> int:
        """Waits until there is room.

        Raises:
            GoneError: the program has ended.
        """
        try:
            self._pipe.write(data)
            self._pipe.flush()
        except (OSError, ValueError) as error:
            self.gone = True
            raise GoneError from error
        return len(data)

    def end(self, reason: str) -> None:
        """Ends the program at once."""
        self.reason = self.reason or reason
        self._program.kill()

    def _listen(self) -> None:
        assert self._program.stdout is not None
        with self._program.stdout as lines:
            for line in lines:
                said = line.decode(errors="replace").strip()
                if said == CONNECTED:
                    self.connected = True
                    self._tell(f"streaming to {self._name}")
                else:
                    self.reason = self.reason or said
