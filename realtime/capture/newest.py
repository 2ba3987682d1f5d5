"""Newest: a hand-over between two threads in which nothing queues."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """A slot for one item: an item that is not taken in time is replaced by the next one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: T | None = None
        self._closed = False
        self._error: Exception | None = None

    def put(self, item: T) -> None:
        """Puts an item in place of the one that waits, if any; does nothing after close()."""
        with self._changed:
            if not self._closed:
                self._item = item
                self._changed.notify()

    def close(self, error: Exception | None = None) -> None:
        """Accepts no more items. take() raises `error` once the slot is empty; only the first call counts."""
        with self._changed:
            if not self._closed:
                self._closed, self._error = True, error
                self._changed.notify_all()

    def take(self, timeout: float | None = None) -> T | None:
        """Waits for an item and takes it; None after close().

        Raises:
            TimeoutError: nothing came within `timeout` seconds.
            Exception: the error given to close().
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._item is not None or self._closed, timeout):
                raise TimeoutError
            item, self._item = self._item, None
            if item is None and self._error is not None:
                raise self._error
            return item
