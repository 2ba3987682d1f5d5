"""The figures of the steps, read from the device in bundles: each reading makes a GPU wait."""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor

from nstcam.train.errors import TrainError
from nstcam.train.fit.config import TrainConfig
from nstcam.train.progress import Step

TERMS: Final = "total", "content", "style", "tone", "flicker"


def steps_a_reading(device: torch.device) -> int:
    """On a CPU there is nothing to wait for; on GPUs ten steps take a fraction of a second."""
    return 10 if device.type == "cuda" else 1


class Ledger:
    """Steps whose figures still lie on the device.

    Where a loss or a gradient is not finite, the reading raises TrainError, a line that names the step. So nothing that
    has been read comes after such a step; whoever writes a checkpoint reads first.

    Args:
        first: steps of the run before this one, 0 or more.
        every: steps that wait at most before they are read.
    """

    def __init__(self, config: TrainConfig, first: int, every: int) -> None:
        self._config, self._every = config, every
        self._next = first
        self._waiting: list[Tensor] = []
        self._read: list[list[float]] = []
        self._times: list[tuple[float, float]] = []

    def add(self, terms: Tensor) -> None:
        """The next step: (6,), its TERMS and the norm of its gradient before clipping.

        Raises:
            TrainError: see above; the step's own figures may be unread as yet.
        """
        self._waiting.append(terms)
        if len(self._waiting) >= self._every:
            self.read()

    def ended(self, progress: float, seconds: float) -> None:
        """The step is done: the share of the schedule, 0..1, and the time of training behind it."""
        self._times.append((progress, seconds))

    def read(self) -> None:
        """In one transfer.

        Raises:
            TrainError: see above.
        """
        if not self._waiting:
            return
        for values in torch.stack(self._waiting).tolist():
            self._check(self._next + len(self._read), values)
            self._read.append(values)
        self._waiting.clear()

    def take(self) -> list[Step]:
        """All steps that were read and are done, each once, in order."""
        steps = []
        for values, (progress, seconds) in zip(self._read, self._times, strict=False):
            figures = dict(zip(TERMS, values, strict=False))
            self._next += 1
            steps.append(Step(self._next, progress, **figures, seconds=seconds))
        del self._read[: len(steps)], self._times[: len(steps)]
        return steps

    def _check(self, step: int, values: list[float]) -> None:
        total, content, style, *_, norm = values
        if not math.isfinite(total):
            raise TrainError(
                f"the loss is {total} at step {step} (content {content:.3g}, style {style:.3g}): "
                f"likely the learning rate ({self._config.learning_rate:g}) or the style strength "
                f"({self._config.style_strength:g}) is too high; the last checkpoint is unharmed"
            )
        if not math.isfinite(norm):
            raise TrainError(
                f"the gradient is {norm} at step {step}, of a loss of {total:.3g}; "
                "the last checkpoint is unharmed: continue with --resume"
            )
