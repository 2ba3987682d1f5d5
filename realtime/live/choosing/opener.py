"""The thread that opens styles while the picture goes on, one after the other, in an order decided elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, NamedTuple

IDLE_PAUSE: Final = 0.05
"""Seconds between two styles that are opened at idle, for the picture."""

CLOSING_SECONDS: Final = 5.0
"""How long `close` waits for a style that is being opened."""


class Task(NamedTuple):
    """Something to open."""

    do: Callable[[], None]
    """Does it, outside the lock; raises nothing."""
    at_idle: bool = False
    """Whether nobody waits for it."""


class Opener:
    """Does tasks as long as there are any, in a thread that exists only meanwhile."""

    def __init__(self, lock: threading.RLock, next_task: Callable[[], Task | None]) -> None:
        """Starts nothing yet.

        Args:
            lock: guards what `next_task` looks at.
            next_task: the most urgent task, None if there is none; called with the lock held.
        """
        self._lock = lock
        self._next_task = next_task
        self._hurry = threading.Event()
        """Set when somebody waits for a task, or all is to end."""
        self._thread: threading.Thread | None = None
        self._closed = False

    def look(self) -> None:
        """To be called with the lock held when there may be other tasks than before."""
        task = self._next_task()
        if task is None or self._closed:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="open style")
            self._thread.start()
        if not task.at_idle:
            self._hurry.set()

    def close(self) -> None:
        """Begins no other task, and waits up to CLOSING_SECONDS for the one that is being done: it may never end."""
        with self._lock:
            self._closed = True
            self._hurry.set()
            thread = self._thread
        if thread:
            thread.join(CLOSING_SECONDS)

    def _run(self) -> None:
        while True:
            with self._lock:
                task = None if self._closed else self._next_task()
                if task is None:
                    self._thread = None
                    return
                self._hurry.clear()
            if not (task.at_idle and self._hurry.wait(IDLE_PAUSE)):  # or else something is more urgent, or it ends
                task.do()
