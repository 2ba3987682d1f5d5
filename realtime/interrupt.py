"""Ctrl-C and SIGTERM as a question that loops ask."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

INTERRUPTED: Final = 130
"""Exit code."""


@contextmanager
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Gives a question that Ctrl-C (or SIGTERM) answers with yes; the second Ctrl-C ends the program at once."""
    asked = False
    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask(number: int, _: object) -> None:
        nonlocal asked
        asked = True
        signal.signal(number, previous[signal.Signals(number)])

    for number in previous:
        signal.signal(number, ask)
    try:
        yield lambda: asked
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
