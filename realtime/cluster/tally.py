"""How far a run is: frames of all films, or pictures, that are done or at work."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes:
        total: frames in all; those of films that have not been opened yet are taken to be as many as those of the
            others on average. None: unknown.
        fps: frames per second in all.
        beside: the speed of each worker.
    """

    frames: int
    total: int | None
    fps: float
    beside: str


class Tally:
    """Counts frames; films are opened in threads of their own.

    Args:
        files: how many films there are.
    """

    def __init__(self, files: int) -> None:
        self._files, self._lock = files, threading.Lock()
        self._frames = self._earlier = self._opened = 0
        self._total: int | None = 0
        self._began = time.monotonic()

    def opened(self, frames: int | None) -> None:
        """A film has so many frames; None: it does not say how many."""
        with self._lock:
            self._opened += 1
            self._total = None if frames is None or self._total is None else self._total + frames

    def found(self, frames: int) -> None:
        """An earlier run had done so many."""
        with self._lock:
            self._earlier += frames
            self._frames += frames

    def done(self, frames: int) -> None:
        with self._lock:
            self._frames += frames

    def progress(self, at_work: int, beside: str) -> Progress:
        """How far it is, with so many frames of unfinished tasks."""
        with self._lock:
            now = self._frames + at_work
            total = None
            if self._total is not None and self._opened:
                total = max(round(self._total * max(self._files, self._opened) / self._opened), now)
            fps = (now - self._earlier) / max(time.monotonic() - self._began, 1e-9)
        return Progress(now, total, fps, beside)
