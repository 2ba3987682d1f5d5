"""A piece of work for one worker: a part of a film, or a group of pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Answer = dict[str, Any]
"""Plain values. With `error`, the work failed: a text for the user, and `again`, whether another worker may succeed."""


@dataclass(frozen=True, eq=False)
class Source:
    """A file that workers read, at its path or as a copy that is sent to them.

    Attributes:
        known: its fingerprint.
    """

    path: Path
    known: dict[str, Any]


@dataclass(eq=False)
class Task:
    """What is asked of a worker.

    Attributes:
        name: for messages, like "part 2 of 5".
        method: the worker's, which takes `work`.
        work: plain values and bytes.
        take: called, by the thread that asked, with the answer; it returns why the work is to be done again, or None.
        source: a file that the worker must have.
        failures: how many workers failed at it.
    """

    name: str
    method: str
    work: dict[str, Any]
    take: Callable[[Answer], str | None]
    source: Source | None = None
    failures: int = 0
