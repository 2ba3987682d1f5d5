"""Whether a training was long enough for its style to show."""

from __future__ import annotations

from typing import Final

from nstcam.media.shown import counted
from nstcam.train.fit.config import COLD_STEPS, WARM_STEPS
from nstcam.train.fit.warm_start import LEAST_STEPS
from nstcam.train.network.checkpoint import Checkpoint

LEAST_COLD_STEPS: Final = LEAST_STEPS * COLD_STEPS // WARM_STEPS
"""The least number of steps from scratch, in proportion to the usual length of such a training."""


def steps_needed(*, warm: bool) -> int:
    """About how many steps a style needs before it shows, with or without a warm start."""
    return LEAST_STEPS if warm else LEAST_COLD_STEPS


def too_few(steps: int, *, warm: bool) -> str | None:
    """One line about a training of so many steps; None if they are enough."""
    needed = steps_needed(warm=warm)
    if steps >= needed:
        return None
    return f"{counted(steps, 'step')}: the style is not there yet; about {needed} are needed"


def verdict(checkpoint: Checkpoint) -> str | None:
    """The same about a checkpoint, whose training is taken for a warm start if that was not recorded."""
    provenance = checkpoint.provenance
    warm = not isinstance(provenance, dict) or provenance.get("start", "unknown") is not None
    return too_few(checkpoint.step, warm=warm)
