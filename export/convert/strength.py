"""How strongly a style's canvas shows: a property of the exported style, multiplied into its weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from nstcam.train.errors import UsageError
from nstcam.train.network.canvas import patch_factors
from nstcam.train.network.checkpoint import Checkpoint

_WEIGHT: Final = "canvas_conv.weight"


@dataclass(frozen=True)
class CanvasStrength:
    """Factors; 1 is the strength of training. For equally clean faces, weaker patches cost less style than a weaker
    canvas."""

    strokes: float = 1.0
    """Factor of the whole canvas; 0 leaves it out."""
    patches: float = 1.0
    """Further factor of its coarse channels; 0 leaves only the fine ones, the strokes."""

    def applied_to(self, checkpoint: Checkpoint) -> Checkpoint:
        """The checkpoint with its canvas weights scaled by these factors.

        Raises:
            UsageError: it has no canvas, and another strength than 1 is asked for.
        """
        if self == AS_TRAINED:
            return checkpoint
        if _WEIGHT not in checkpoint.weights:
            raise UsageError(f"{self}: {checkpoint.identity.name} was trained without a canvas; leave the option out")
        weight = checkpoint.weights[_WEIGHT]
        factors = self.strokes * patch_factors(weight.shape[1], self.patches)
        scaled = weight * factors.to(weight.dtype)[:, None, None]
        return replace(checkpoint, weights={**checkpoint.weights, _WEIGHT: scaled})

    def __str__(self) -> str:
        """The options that ask for it, as on the command line."""
        asked = (("--canvas", self.strokes), ("--patches", self.patches))
        return " ".join(f"{option} {value:g}" for option, value in asked if value != 1)


AS_TRAINED: Final = CanvasStrength()
