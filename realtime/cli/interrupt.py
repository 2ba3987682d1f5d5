"""Ctrl-C, SIGTERM and a closed terminal (SIGHUP) as a flag that loops look at, so that they can end in good order."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

INTERRUPTED: Final = 130
"""Exit code of a program that was interrupted, as shells expect it: 128 + SIGINT."""


@contextmanager
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Yields a function that returns whether one of them has arrived. A second Ctrl-C or SIGTERM ends the program.

    A second SIGHUP does not: a closed terminal may send two, one of them through its shell. Under nohup SIGHUP stays
    ignored.
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
