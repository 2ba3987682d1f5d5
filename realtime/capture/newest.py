"""Newest: one slot between two threads, in front of which nothing queues."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """One slot between two threads: what is not taken in time is replaced by what is newer."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: T | None = None
        self._closed = False
        self._error: Exception | None = None

    def put(self, item: T) -> None:
        with self._changed:
            if not self._closed:
                self._item = item
                self._changed.notify()

    def close(self, error: Exception | None = None) -> None:
        """No more items; the first call counts. `error` is raised by take() once the slot is empty."""
        with self._changed:
            if not self._closed:
                self._closed, self._error = True, error
                self._changed.notify_all()

    def take(self, timeout: float | None = None) -> T | None:
        """The newest item not yet taken; None when closed.

        Raises:
            TimeoutError: nothing came within `timeout` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._item is not None or self._closed, timeout):
                raise TimeoutError
            item, self._item = self._item, None
            if item is None and self._error is not None:
                raise self._error
            return item
