"""How strongly a style's canvas is seen: a property of the exported style, baked into its weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import torch

from export.errors import ExportError
from train.canvas import blur_of
from train.checkpoint import Checkpoint

_PATCH_CELLS: Final = 4.0
"""Channels blurred by so many cells (16 px) or more put patches of colour on faces and walls; finer ones strokes."""

_WEIGHT: Final = "canvas_conv.weight"


@dataclass(frozen=True)
class CanvasStrength:
    """1 as it was trained. For the same clean faces, weak patches cost less of the style than a weak canvas."""

    strokes: float = 1.0
    """Of the whole canvas; 0 none at all."""
    patches: float = 1.0
    """Of its coarse channels, on top of that; 0 leaves the strokes alone."""

    def applied_to(self, checkpoint: Checkpoint) -> Checkpoint:
        """The same network with such a canvas.

        Raises:
            ExportError: it has no canvas, and another strength than 1 is asked for.
        """
        if self == AS_TRAINED:
            return checkpoint
        if _WEIGHT not in checkpoint.weights:
            raise ExportError(f"{self}: {checkpoint.identity.name} was trained without a canvas, export it as it is")
        weight = checkpoint.weights[_WEIGHT]
        channels = weight.shape[1]
        coarse = [blur_of(channel, channels) >= _PATCH_CELLS for channel in range(channels)]
        factors = [self.strokes * (self.patches if c else 1.0) for c in coarse]
        scaled = weight * torch.tensor(factors, dtype=weight.dtype)[:, None, None]
        return replace(checkpoint, weights={**checkpoint.weights, _WEIGHT: scaled})

    def __str__(self) -> str:
        """As on the command line."""
        asked = (("--canvas", self.strokes), ("--patches", self.patches))
        return " ".join(f"{option} {value:g}" for option, value in asked if value != 1)


AS_TRAINED: Final = CanvasStrength()
