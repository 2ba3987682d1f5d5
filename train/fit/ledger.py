"""The losses of training steps, read from the device several at a time, because each read makes a GPU wait."""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor

from nstcam.train.errors import NotFiniteError
from nstcam.train.fit.config import TrainConfig
from nstcam.train.progress import Step

TERMS: Final = "total", "content", "style", "tone", "flicker"
"""Names of the losses of a step, in order."""


def steps_a_reading(device: torch.device) -> int:
    """Steps between two reads: 1 on a CPU, where reading is free; 10 on a GPU, a fraction of a second of training."""
    return 10 if device.type == "cuda" else 1


class Ledger:
    """Collects the losses of steps while they are still on the device.

    Reading raises NotFiniteError if a loss or a gradient is not finite. Call `read` before writing a checkpoint: then
    no checkpoint contains such a step.

    Args:
        config: the training's settings, named in error messages.
        first: steps the run had before, 0 or more.
        every: how many steps wait before they are read, 1 or more.
    """

    def __init__(self, config: TrainConfig, first: int, every: int) -> None:
        self._config, self._every = config, every
        self._next = first
        self._waiting: list[Tensor] = []
        self._read: list[list[float]] = []
        self._times: list[tuple[float, float]] = []

    def add(self, terms: Tensor) -> None:
        """Adds the next step.

        Args:
            terms: (6,), the TERMS and the norm of the gradient before clipping.

        Raises:
            NotFiniteError: a value of this step or of one that waited is not finite.
        """
        self._waiting.append(terms)
        if len(self._waiting) >= self._every:
            self.read()

    def ended(self, progress: float, seconds: float) -> None:
        """Marks the next step as done, at `progress` (0..1) of the schedule and after `seconds` of training."""
        self._times.append((progress, seconds))

    def read(self) -> None:
        """Reads all waiting steps in one transfer.

        Raises:
            NotFiniteError: a value is not finite; the message names the step.
        """
        if not self._waiting:
            return
        for values in torch.stack(self._waiting).tolist():
            self._check(self._next + len(self._read), values)
            self._read.append(values)
        self._waiting.clear()

    def take(self) -> list[Step]:
        """Returns the steps that are read and done, in order, each only once."""
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
            raise NotFiniteError(
                f"the loss is {total} at step {step} (content {content:.3g}, style {style:.3g}): "
                f"likely the learning rate ({self._config.learning_rate:g}) or the style strength "
                f"({self._config.style_strength:g}) is too high, so try lower ones; the last checkpoint is unharmed"
            )
        if not math.isfinite(norm):
            raise NotFiniteError(
                f"the gradient is {norm} at step {step}, of a loss of {total:.3g}; "
                "the last checkpoint is unharmed: continue with --resume"
            )
