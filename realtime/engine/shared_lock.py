"""A lock that either many threads share or one thread holds alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class SharedLock:
    """Many threads may hold it `shared`, or one `alone`.

    Only the thread that has claimed the lock alone goes before new sharers. Other threads that want it alone wait until
    it is released, and then compete with sharers on equal terms.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._alone = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Waits until no thread holds or has claimed the lock alone, then holds it together with others."""
        with self._changed:
            self._changed.wait_for(lambda: not self._alone)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Claims the lock, which keeps new sharers out, waits until the present ones have left, then holds it alone.

        Waits with the claim while another thread holds or has claimed the lock alone.
        """
        with self._changed:
            self._changed.wait_for(lambda: not self._alone)
            self._alone = True
            self._changed.wait_for(lambda: self._inside == 0)
        try:
            yield
        finally:
            with self._changed:
                self._alone = False
                self._changed.notify_all()
