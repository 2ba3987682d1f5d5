"""What the terminal shows while a command runs: notices, a progress bar, a line of figures."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nstcam.media.shown import shown

if TYPE_CHECKING:
    from nstcam.realtime.meter import Reading


class Notices:
    """Lines for the user, each printed once and only after a first frame has succeeded: an error stands alone."""

    def __init__(self) -> None:
        self._waiting: list[str] = []
        self._plain: set[str] = set()
        self._told: set[str] = set()

    def add(self, line: str | None, *, secret: bool = False) -> None:
        """`secret`: the line is ours, and what would be hidden in it is meant for the user."""
        if line and line not in self._told:
            self._told.add(line)
            self._waiting.append(line)
            if secret:
                self._plain.add(line)

    def take(self) -> list[str]:
        """The waiting lines, which are not printed then."""
        lines, self._waiting = self._waiting, []
        return lines

    def tell(self, under: StatusLine | None = None) -> None:
        """Prints the waiting lines, after clearing the figures in `under`, which would stand in front of them."""
        if self._waiting and under is not None:
            under.clear()
        while self._waiting:
            line = self._waiting.pop(0)
            print(f"nstcam: {line if line in self._plain else shown(line)}", file=sys.stderr)


@contextmanager
def warnings_once() -> Iterator[None]:
    """Logs each line once only, wherever it goes: a file may be opened many times and have many tracks."""
    filters = [(handler, _only_new()) for handler in logging.getLogger().handlers]
    for handler, is_new in filters:
        handler.addFilter(is_new)
    try:
        yield
    finally:
        for handler, is_new in filters:
            handler.removeFilter(is_new)


def _only_new() -> Callable[[logging.LogRecord], bool]:
    told: set[str] = set()

    def is_new(record: logging.LogRecord) -> bool:
        line = record.getMessage()
        new = line not in told
        told.add(line)
        return new

    return is_new


@contextmanager
def progress_bar(name: str) -> Iterator[Callable[..., None]]:
    """Yields a function that takes the frames done, the frames in total (None: unknown), the frames per second, and
    perhaps a text behind that."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),  # a file may be called [red].mp4
        BarColumn(30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TextColumn("ETA"),
        TimeRemainingColumn(),
    )
    # The bar disappears when it ends and is not drawn into logs, so that an error stands alone.
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(shown(name), total=None, speed="")

        def update(done: int, total: int | None, fps: float, beside: str = "") -> None:
            speed = f"{fps:.1f} fps{f' ({beside})' if beside else ''}"
            bar.update(task, completed=done, total=total, speed=speed)

        yield update


@contextmanager
def progress_of(name: str, seconds: float) -> Iterator[Callable[[float], None]]:
    """Yields a function that takes how many of the seconds have passed."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(30),
        TextColumn("{task.completed:.0f} of {task.total:.0f} s"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(shown(name), total=seconds)
        yield lambda passed: bar.update(task, completed=min(passed, seconds))


class StatusLine:
    """Figures on one line of the terminal, rewritten at most once a second."""

    def __init__(self) -> None:
        self._written = 0.0
        self._text = ""

    def show(self, reading: Reading, device: str) -> None:
        if reading.fps and time.monotonic() - self._written >= 1:  # a single frame has no rate
            self._written = time.monotonic()
            self._text = f"{reading.fps:.1f} fps  {reading.ms:.0f} ms  {device} ".ljust(len(self._text))
            print(f"\r{self._text}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Makes room for another line: blanks out the figures and the ^C that the terminal prints after them."""
        if self._text:
            print("\r" + " " * len(self._text + "^C"), end="\r", file=sys.stderr, flush=True)
            self._text = ""
