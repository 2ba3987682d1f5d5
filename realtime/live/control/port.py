"""Reads lines of commands from standard input and from a local port; commands.py carries them out."""

from __future__ import annotations

import os
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from typing import IO, Final

from nstcam.realtime.errors import SinkError
from nstcam.realtime.live.control.commands import answer
from nstcam.realtime.live.control.lines import TOO_LONG, is_binary, is_http, lines
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading

CLIENTS: Final = 16
"""Connections at the same time; for one more, the one that has been silent the longest is closed."""
UNREAD: Final = 100
"""How many answers may wait for one client; until it reads some, no more of its lines are taken."""
PATIENCE: Final = 10.0
"""Seconds that a line waits for room among them before the client counts as one that does not read."""


class Control:
    """Collects lines in threads of its own; they are carried out between frames, on the thread of the live loop."""

    def __init__(self, patience: float = PATIENCE) -> None:
        """`patience` is how many seconds a line may wait for a client that does not read its answers."""
        self._patience = patience
        self._lines: queue.Queue[tuple[str, Answers | None]] = queue.Queue(100)
        self._open: list[Answers] = []
        self._clients = Clients()

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
                for line in lines(stream, "\n"):
                    if line is not None and not line.strip():
                        continue
                    try:
                        answers.expect(patience)
                    except TimeoutError:
                        patience = 0.0
                        if line is not None:
                            self._lines.put((line, None))
                        continue
                    if line is None:
                        answers.give(TOO_LONG)
                    else:
                        self._lines.put((line, answers))

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
        threads = threading.BoundedSemaphore(2 * CLIENTS)  # a client that is closed to make room still gets its answers

        def serve() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:  # too many open files, or the client is gone again
                    time.sleep(0.1)
                    continue
                if not threads.acquire(blocking=False):
                    client.close()
                    continue
                self._clients.add(client)
                threading.Thread(target=self._talk, args=(client, threads), name="control", daemon=True).start()

        threading.Thread(target=serve, name="control", daemon=True).start()
        bound: int = server.getsockname()[1]
        return bound

    def _talk(self, client: socket.socket, threads: threading.BoundedSemaphore) -> None:
        try:
            with client, client.makefile("rb") as stream:
                try:
                    self._converse(client, stream)
                finally:
                    self._clients.remove(client)
                    client.shutdown(socket.SHUT_RDWR)  # ends a write of an answer that nobody reads
        except OSError:  # the client is gone, or does not read
            pass
        finally:
            threads.release()

    def _converse(self, client: socket.socket, stream: BufferedReader) -> None:
        with self._answers(lambda text: client.sendall(text.encode() + b"\n")) as answers:
            if is_binary(stream.peek(1)):
                answers.expect(self._patience)
                answers.give("error this port takes lines of text; help lists the commands")
                return
            for number, line in enumerate(lines(stream, b"\n")):
                if line is not None and not line.strip():
                    continue
                answers.expect(self._patience)
                if line is None:
                    answers.give(TOO_LONG)
                    if number == 0:  # perhaps a request with a long address: what follows must not be obeyed
                        return
                elif is_http(line):
                    answers.give("error this port does not speak HTTP")
                    return
                else:
                    self._clients.heard(client)
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


class Clients:
    """The connections, and which of them makes room for a new one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: dict[socket.socket, tuple[bool, float]] = {}
        """For each client, whether it has given a command, and when it was last heard of: the smallest is closed
        first."""

    def add(self, client: socket.socket) -> None:
        """Adds a client. If there are CLIENTS already, closes the one that has been silent the longest, one that never
        gave a command before all others."""
        with self._lock:
            if len(self._heard) >= CLIENTS:
                silent = min(self._heard, key=lambda one: self._heard[one])
                del self._heard[silent]
                with suppress(OSError):
                    silent.shutdown(socket.SHUT_RDWR)  # ends the reading in its thread
            self._heard[client] = False, time.monotonic()

    def heard(self, client: socket.socket) -> None:
        with self._lock:
            if client in self._heard:
                self._heard[client] = True, time.monotonic()

    def remove(self, client: socket.socket) -> None:
        with self._lock:
            self._heard.pop(client, None)


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
            # Lines that the live loop has not answered yet do not count: it is not the client's fault that the loop is
            # busy.
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
