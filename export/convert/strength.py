"""How strongly a style's canvas is seen: a property of the exported style, baked into its weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from nstcam.export.errors import ExportError
from nstcam.train.network.canvas import patch_factors
from nstcam.train.network.checkpoint import Checkpoint

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
        factors = self.strokes * patch_factors(weight.shape[1], self.patches)
        scaled = weight * factors.to(weight.dtype)[:, None, None]
        return replace(checkpoint, weights={**checkpoint.weights, _WEIGHT: scaled})

    def __str__(self) -> str:
        """As on the command line."""
        asked = (("--canvas", self.strokes), ("--patches", self.patches))
        return " ".join(f"{option} {value:g}" for option, value in asked if value != 1)


AS_TRAINED: Final = CanvasStrength()
