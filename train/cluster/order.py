"""A style that a worker is to train."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(eq=False)
class Order:
    """A style to be trained.

    Attributes:
        folder: its run folder, at home.
        work: what `Trainer.train` takes, but for `run`.
        resume: whether the run in the folder is continued.
        step: of the checkpoint that came home last.
    """

    name: str
    folder: Path
    work: dict[str, Any]
    resume: bool = False
    step: int = 0
    failures: int = 0
