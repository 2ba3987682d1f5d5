"""Which styles ONNX Runtime is at work on, and since when: a style may never finish, and a watch has to know."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple


class Work(NamedTuple):
    """One call of ONNX Runtime that has not returned."""

    began: float
    """time.monotonic() of its beginning."""
    style: str
    doing: str
    """What is being done, to follow "style NAME has been"."""


_lock: Final = threading.Lock()
_running: Final[set[tuple[Work, object]]] = set()


@contextmanager
def at_work(style: str, doing: str) -> Iterator[None]:
    """Counts the block as work on that style."""
    work = Work(time.monotonic(), style, doing), object()
    with _lock:
        _running.add(work)
    try:
        yield
    finally:
        with _lock:
            _running.discard(work)


def longest() -> Work | None:
    """The work that began first among what has not returned; None if nothing is going on."""
    with _lock:
        return min((work for work, _ in _running), default=None)
