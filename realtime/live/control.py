"""Lines of commands, from standard input and from a port of this machine (see nstcam.realtime.live.commands)."""

from __future__ import annotations

import os
import queue
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Final

from nstcam.realtime.errors import SinkError
from nstcam.realtime.live.answers import PATIENCE, Answers
from nstcam.realtime.live.commands import answer
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading

LONGEST: Final = 1000
"""Characters of a line; what is longer ends the connection."""
_CLIENTS: Final = 16
_HTTP: Final = re.compile(rb" HTTP/\d")
"""A web page can have the browser post anything to a port of this machine: its lines must not become commands."""


class Control:
    """Collects lines in threads; they are carried out between frames, on the thread of the live loop."""

    def __init__(self, patience: float = PATIENCE) -> None:
        """`patience` is how many seconds answers may wait for one who does not read them."""
        self._patience = patience
        self._lines: queue.Queue[tuple[str, Answers | None]] = queue.Queue(100)
        self._open: list[Answers] = []

    def obey(self, session: Session, reading: Reading) -> None:
        for _ in range(self._lines.qsize()):  # whoever floods must not hold up the picture
            line, answers = self._lines.get()
            text = answer(line, session, reading)
            if answers is not None:
                answers.give(text)

    def close(self, within: float = 1.0) -> None:
        """Lets readers have what is answered, that to quit too; who does not read costs `within` seconds at most."""
        until = time.monotonic() + within
        for answers in list(self._open):
            answers.close()
            answers.join(max(until - time.monotonic(), 0))

    def listen_to(self, stream: IO[str], reply: Callable[[str], None]) -> None:
        """Reads lines of `stream` until it ends, in a thread; `reply` may wait for its reader.

        Many scripts never read what they are answered: their commands are carried out all the same.
        """

        def read() -> None:
            patience = self._patience
            with self._answers(reply) as answers:
                while line := stream.readline(LONGEST):
                    if not line.strip():
                        continue
                    try:
                        answers.expect(patience)
                        self._lines.put((line, answers))
                    except TimeoutError:
                        patience = 0.0
                        self._lines.put((line, None))

        threading.Thread(target=read, name="control", daemon=True).start()

    def listen_at(self, port: int) -> int:
        """Takes connections from this machine only; gives the port, a free one for 0.

        Raises:
            SinkError: the port is taken.
        """
        try:
            server = socket.create_server(("127.0.0.1", port))
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)  # strerror also names the address, again
            raise SinkError(f"control port {port} cannot be opened ({reason}); choose another") from error
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
        try:
            with client, client.makefile("rb") as stream:
                try:
                    self._converse(stream, lambda text: client.sendall(text.encode() + b"\n"))
                finally:
                    client.shutdown(socket.SHUT_RDWR)  # ends an answer that nobody reads
        except OSError:  # it went away, or does not read
            pass
        finally:
            places.release()

    def _converse(self, stream: IO[bytes], send: Callable[[str], None]) -> None:
        with self._answers(send) as answers:
            while line := stream.readline(LONGEST + 1):
                wrong = _wrong(line)
                if not (wrong or line.strip()):
                    continue
                answers.expect(self._patience)
                if wrong:
                    answers.give(wrong)
                    break
                self._lines.put((line.decode("utf-8", errors="replace"), answers))

    @contextmanager
    def _answers(self, send: Callable[[str], None]) -> Iterator[Answers]:
        answers = Answers(send)
        self._open.append(answers)
        try:
            yield answers
            answers.settle()  # who sends its lines and closes its end still reads
        finally:
            answers.close()
            self._open.remove(answers)


def _wrong(line: bytes) -> str:
    """What ends a connection; "" for a command."""
    if len(line) > LONGEST:
        return "error the line is too long"
    return "error this port does not speak HTTP" if _HTTP.search(line) else ""
