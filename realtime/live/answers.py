"""Answers to one reader, written by a thread of their own: who does not read holds up nobody else."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

UNREAD: Final = 100
"""Answers that may wait for one reader; until it reads, no more of its lines are taken."""
PATIENCE: Final = 10.0
"""Seconds without a place among them, after which nobody seems to read."""


class Answers:
    def __init__(self, send: Callable[[str], None]) -> None:
        """`send` may wait as long as it likes; an OSError of it means that nobody reads any more."""
        self._send = send
        self._changed = threading.Condition()
        self._owed = self._unread = 0
        self._given: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="answers", daemon=True)
        self._thread.start()

    def expect(self, patience: float) -> None:
        """Waits for room for one more; to be called before each line that gets an answer.

        Raises:
            TimeoutError: there was none for `patience` seconds.
        """
        with self._changed:
            # Lines that the live loop has not come to do not count: that it is busy is not the reader's fault.
            if not self._changed.wait_for(lambda: self._unread < UNREAD, patience):
                raise TimeoutError
            self._owed += 1

    def give(self, text: str) -> None:
        """Never waits for the reader."""
        with self._changed:
            self._unread += 1
        self._given.put(text)

    def settle(self) -> None:
        """Waits until all that is expected has been given and written."""
        with self._changed:
            self._changed.wait_for(lambda: self._owed == 0)

    def close(self) -> None:
        """Ends the thread after what was given until now."""
        self._given.put(None)

    def join(self, timeout: float) -> None:
        """Waits until the thread has ended, but not for ever: the reader may never read."""
        self._thread.join(timeout)

    def _write(self) -> None:
        while (text := self._given.get()) is not None:
            with suppress(OSError):
                self._send(text)
            with self._changed:
                self._owed -= 1
                self._unread -= 1
                self._changed.notify_all()
