"""Reads lines of commands from standard input and from a local port; commands.py carries them out."""

from __future__ import annotations

import os
import queue
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Final

from nstcam.realtime.errors import SinkError
from nstcam.realtime.live.commands import answer
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading

LONGEST: Final = 1000
"""Most characters in a line; a longer one ends the connection."""
_CLIENTS: Final = 16
_HTTP: Final = re.compile(rb" HTTP/\d")
"""Ends a connection: a web page can make the browser post anything to a local port, and must not give commands."""
UNREAD: Final = 100
"""How many answers may wait for one client; until it reads some, no more of its lines are taken."""
PATIENCE: Final = 10.0
"""Seconds that a line waits for a place among them, before the client is taken for one that does not read."""


class Control:
    """Collects lines in threads of its own; they are carried out between frames, on the thread of the live loop."""

    def __init__(self, patience: float = PATIENCE) -> None:
        """`patience` is how many seconds a line may wait for a client that does not read its answers."""
        self._patience = patience
        self._lines: queue.Queue[tuple[str, Answers | None]] = queue.Queue(100)
        self._open: list[Answers] = []

    def obey(self, session: Session, reading: Reading) -> None:
        """Carries out the lines that have come since the last call, and answers them."""
        for _ in range(self._lines.qsize()):  # no more than these, so that a flood of lines cannot hold up the picture
            line, answers = self._lines.get()
            text = answer(line, session, reading)
            if answers is not None:
                answers.give(text)

    def close(self, within: float = 1.0) -> None:
        """Waits until clients have their answers, the one to quit included, but no longer than `within` seconds."""
        until = time.monotonic() + within
        for answers in list(self._open):
            answers.close()
            answers.join(max(until - time.monotonic(), 0))

    def listen_to(self, stream: IO[str], reply: Callable[[str], None]) -> None:
        """Reads lines of `stream` in a thread, until it ends. `reply` writes an answer and may block.

        Many scripts never read the answers; their commands are carried out all the same.
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
        """Accepts connections from this machine only. Returns the port, a free one for 0.

        Raises:
            SinkError: the port cannot be opened, for example because it is taken.
        """
        try:
            server = socket.create_server(("127.0.0.1", port))
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)  # error.strerror would repeat the address
            raise SinkError(
                f"control port {port} cannot be opened ({reason}); choose another port, or 0 for a free one"
            ) from error
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
                    client.shutdown(socket.SHUT_RDWR)  # ends a write of an answer that nobody reads
        except OSError:  # the client is gone, or does not read
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
            answers.settle()  # a client that closes its sending end may still read
        finally:
            answers.close()
            self._open.remove(answers)


class Answers:
    """Answers to one client, written by a thread of their own: a client that stops reading cannot block the others."""

    def __init__(self, send: Callable[[str], None]) -> None:
        """`send` writes one answer. It may block; it raises OSError if nobody reads any more."""
        self._send = send
        self._changed = threading.Condition()
        self._owed = self._unread = 0
        self._given: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="answers", daemon=True)
        self._thread.start()

    def expect(self, patience: float) -> None:
        """Waits for room for one more answer; to be called before taking each line that gets one.

        Raises:
            TimeoutError: there was no room for `patience` seconds.
        """
        with self._changed:
            # Lines that the live loop has not answered yet do not count: that it is busy is not the client's fault.
            if not self._changed.wait_for(lambda: self._unread < UNREAD, patience):
                raise TimeoutError
            self._owed += 1

    def give(self, text: str) -> None:
        """Hands over an answer to be written; never blocks."""
        with self._changed:
            self._unread += 1
        self._given.put(text)

    def settle(self) -> None:
        """Waits until every answer expected has been given and written."""
        with self._changed:
            self._changed.wait_for(lambda: self._owed == 0)

    def close(self) -> None:
        """Ends the thread once the answers given so far are written."""
        self._given.put(None)

    def join(self, timeout: float) -> None:
        """Waits for the thread to end, up to `timeout` seconds: the client may never read."""
        self._thread.join(timeout)

    def _write(self) -> None:
        while (text := self._given.get()) is not None:
            with suppress(OSError):
                self._send(text)
            with self._changed:
                self._owed -= 1
                self._unread -= 1
                self._changed.notify_all()


def _wrong(line: bytes) -> str:
    """Why a line ends the connection; "" for a line that may be a command."""
    if len(line) > LONGEST:
        return f"error the line has more than {LONGEST} characters"
    return "error this port does not speak HTTP" if _HTTP.search(line) else ""
