"""The workers: who they are, what each is doing, and what is told about those that are lost or slow."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from nstcam.realtime.cluster.task import Task

_log = logging.getLogger(__name__)

SLOW: Final = 3.0
"""A worker that needs so many times as long for a frame as the others do is named."""
_SURE_SECONDS: Final = 10.0
"""How long it is watched before that."""


@dataclass(eq=False)
class Worker:
    """One of the workers.

    Attributes:
        number: from 1, for messages.
        actor: Ray's handle.
        task: what it is painting; None: nothing.
        frames: how many of it are done.
        since: when it began to paint and how many frames were done then, as time.monotonic tells; None: it is still
            looking at the frames before.
    """

    number: int
    actor: Any
    host: str = ""
    device: str = ""
    ready: bool = False
    task: Task | None = None
    frames: int = 0
    since: tuple[float, int] | None = None
    named_slow: bool = False

    @property
    def name(self) -> str:
        return f"worker {self.number}{f' ({self.host})' if self.host else ''}"

    def takes(self, task: Task | None) -> None:
        self.task, self.frames, self.since = task, 0, None

    def told(self, frames: int) -> None:
        self.frames = frames
        if self.since is None and frames:
            self.since = time.monotonic(), frames

    @property
    def painting_seconds(self) -> float:
        return 0.0 if self.since is None else time.monotonic() - self.since[0]

    @property
    def fps(self) -> float:
        """Frames per second of this task."""
        return 0.0 if self.since is None else (self.frames - self.since[1]) / max(self.painting_seconds, 1e-9)


def name_slow(workers: list[Worker]) -> None:
    """Warns, once, of each worker that is much slower than the others."""
    rates = {w.number: w.fps for w in workers if w.task is not None and w.painting_seconds > _SURE_SECONDS}
    for worker in workers:
        others = [fps for number, fps in rates.items() if number != worker.number]
        if worker.number not in rates or not others or worker.named_slow:
            continue
        if rates[worker.number] * SLOW < median(others):
            worker.named_slow = True
            _log.warning("%s paints %.1f fps, others %.1f", worker.name, rates[worker.number], median(others))


def speeds(workers: list[Worker]) -> str:
    """Frames per second by worker, for the progress bar: of up to four each, of more the slowest and the fastest."""
    busy = [worker for worker in workers if worker.task is not None]
    if len(busy) > 4:
        rates = [worker.fps for worker in busy]
        return f"{len(busy)} workers, {min(rates):.1f} to {max(rates):.1f} each"
    return ", ".join(f"{worker.number}: {worker.fps:.1f}" for worker in busy)
