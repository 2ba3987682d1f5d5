"""What a training tells while it runs, and what it can be told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """What one step reports; the errors are unweighted, `style` is the weighted sum over layers."""

    step: int
    progress: float
    """0..1 of the schedule."""
    total: float
    content: float
    style: float
    tone: float
    flicker: float
    seconds: float
    """Training time so far, over all resumptions."""


class Stop:
    """Asks the loop to save and end after the step under way; set from a signal handler."""

    def __init__(self) -> None:
        self.asked = False
