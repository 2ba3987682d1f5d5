"""Ctrl-C, SIGTERM and a terminal that is closed (SIGHUP) as a question that loops ask."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

INTERRUPTED: Final = 130
"""Exit code."""


@contextmanager
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Gives a question that they answer with yes; the second Ctrl-C or SIGTERM ends the program at once.

    A terminal that is closed may send SIGHUP twice, once by its shell: no impatience. Under nohup it stays ignored.
    """
    asked = False
    hang_up = getattr(signal, "SIGHUP", None)  # not on Windows
    numbers = [signal.SIGINT, signal.SIGTERM, *([hang_up] if hang_up is not None else [])]
    previous = {number: signal.getsignal(number) for number in numbers}

    def ask(number: int, _: object) -> None:
        nonlocal asked
        asked = True
        if number != hang_up:
            signal.signal(number, previous[signal.Signals(number)])

    for number, handler in previous.items():
        if number != hang_up or handler is not signal.SIG_IGN:
            signal.signal(number, ask)
    try:
        yield lambda: asked
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
