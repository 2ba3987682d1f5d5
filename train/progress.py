"""What a training reports while it runs, and how it is asked to stop."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """The figures of one step. Errors are unweighted; `style` is summed over layers with the layers' weights."""

    step: int
    progress: float
    """Share of the schedule, 0..1."""
    total: float
    content: float
    style: float
    tone: float
    flicker: float
    seconds: float
    """Training time so far, over all resumptions."""


class Stop:
    """A request to save and end after the current step. Signal handlers set it."""

    def __init__(self) -> None:
        self.asked = False
