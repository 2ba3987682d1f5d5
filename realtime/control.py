"""Lines of commands, from standard input and from a port of this machine (see realtime.commands)."""

from __future__ import annotations

import queue
import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Final

from realtime.commands import answer
from realtime.errors import SinkError
from realtime.meter import Reading
from realtime.session import Session

LONGEST: Final = 1000
"""Characters of a line; what is longer ends the connection."""
_CLIENTS: Final = 16
_HTTP: Final = re.compile(rb" HTTP/\d")
"""A web page can have the browser post anything to a port of this machine: its lines must not become commands."""


class Control:
    """Collects lines in threads; they are carried out between frames, on the thread of the live loop."""

    def __init__(self) -> None:
        self._lines: queue.Queue[tuple[str, Callable[[str], None]]] = queue.Queue(100)

    def obey(self, session: Session, reading: Reading) -> None:
        for _ in range(self._lines.qsize()):  # whoever floods must not hold up the picture
            line, reply = self._lines.get()
            reply(answer(line, session, reading))

    def listen_to(self, stream: IO[str], reply: Callable[[str], None]) -> None:
        """Reads lines of `stream` until it ends, in a thread."""

        def read() -> None:
            while line := stream.readline(LONGEST):
                if line.strip():
                    self._lines.put((line, reply))

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
                    if _HTTP.search(line):
                        reply("error this port does not speak HTTP")
                        return
                    if line.strip():
                        self._lines.put((line.decode("utf-8", errors="replace"), reply))
        except OSError:
            pass
        finally:
            places.release()
