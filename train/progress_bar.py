"""How far a work is, on stderr: a bar in a terminal, lines in a log file, and warnings above the bar."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskProgressColumn, TextColumn
from rich.table import Column
from rich.text import Text

from nstcam.media.shown import ShownFormatter, shown

LINE_SECONDS: Final = 30.0
"""Longest time between two lines in a log file, give or take a step."""
_RECENT: Final = 50
"""Updates that the time left is estimated from: steps get slower when a further loss comes in."""


class AboveTheBar(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to what sys.stderr is at that moment: while a bar is shown, rich puts lines above it there.
    Names in them are without control characters."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self.setFormatter(ShownFormatter("%(message)s"))
        self._process = os.getpid()

    def emit(self, record: logging.LogRecord) -> None:
        if os.getpid() == self._process:
            self.stream = sys.stderr
            super().emit(record)
            return
        # A worker that makes crops has a copy of the bar, which must not be drawn twice.
        stderr = sys.__stderr__
        if stderr is not None:
            start = "\r\033[K" if stderr.isatty() else ""
            stderr.write(f"{start}{self.format(record)}\n")
            stderr.flush()


class TimeLeft(ProgressColumn):
    """The time that the task's `left` tells, counted down since; -:--:-- before the first update."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        left, told = task.fields.get("left"), task.fields.get("told", 0.0)
        return Text("-:--:--" if left is None else clock(left - (time.monotonic() - told)), "progress.remaining")


def clock(seconds: float) -> str:
    """h:mm:ss; 0:00:00 for less than nothing."""
    return str(timedelta(seconds=max(int(seconds), 0)))


def progress_bar() -> Progress:
    """A progress bar for terminals of 80 columns. A long name is cut, then the figures, but never the time."""
    return Progress(
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, max_width=16)),
        BarColumn(20),
        TaskProgressColumn(table_column=Column(no_wrap=True, min_width=4)),
        TimeLeft(table_column=Column(no_wrap=True, min_width=7)),
        TextColumn("{task.fields[figures]}", markup=False),
        console=Console(stderr=True),
    )


class Reporter:
    """Shows the progress of one work. The time left is known from the first update on, however slow the updates are.

    Args:
        total: what `done` is at the end.
        done: how far an earlier run came.
    """

    def __init__(self, bar: Progress, name: str, total: float, done: float = 0.0) -> None:
        self._bar, self._total = bar, total
        self._task = bar.add_task(shown(name), total=total, figures="")
        bar.update(self._task, completed=done)
        now = time.monotonic()
        self._recent = deque([(now, done)], maxlen=_RECENT)
        self._line: float | None = None

    def update(self, done: float, figures: str) -> None:
        """Shows how far it is; a log file gets a line for the first update and then every LINE_SECONDS."""
        now = time.monotonic()
        self._recent.append((now, done))
        (began, first), left = self._recent[0], None
        if done > first:
            left = (self._total - done) * (now - began) / (done - first)
        self._bar.update(self._task, completed=done, figures=figures, left=left, told=now)
        if not self._bar.console.is_terminal and (self._line is None or now - self._line >= LINE_SECONDS):
            self._line = now
            rest = "" if left is None else f"  {clock(left)} left"
            print(f"{done / self._total:4.0%}  {figures}{rest}", file=sys.stderr, flush=True)


@contextmanager
def reporting(name: str, total: float, done: float = 0.0) -> Iterator[Reporter]:
    """A Reporter with a bar of its own."""
    with progress_bar() as bar:
        yield Reporter(bar, name, total, done)
