"""Learning a painting while somebody watches: a training with small crops that begins near its end."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from nstcam.train.fit.colour_map import ColourMap, fold_colours
from nstcam.train.fit.config import TrainConfig, warm
from nstcam.train.network.checkpoint import Checkpoint
from nstcam.train.network.networks import NetworkConfig

STEPS: Final = 900
"""Length of the whole learning: five minutes or so on a core. After that crops of this size teach hardly more."""
CROP: Final = 112
"""Pixels. Steps with crops of 160 px take half as long again, and in the same time come no further."""
STYLE_SIZE: Final = 512
"""Strokes are finer than those of nst-train at 640 px, as much as crops are smaller than its crops."""
FIRST_CONTRAST, LEARNT_CONTRAST = 0.72, 0.9
"""Share of the painting's deviations of colour that networks get at the start, when strokes are another painting's and
too strong for this one, and when they are learnt; measured on the bundled photographs (docs/research/learning.md)."""
_STEPS_TO_CONTRAST: Final = 30.0
"""After so many steps, all but 1/e of the way from one to the other."""


def learning_config(network: NetworkConfig, steps: int = STEPS, crop: int = CROP) -> TrainConfig:
    """The settings that look best after seconds and minutes (docs/research/learning.md)."""
    return replace(
        warm(TrainConfig(network=network)),
        steps=steps,
        batch=1,
        crop=crop,
        style_size=STYLE_SIZE,
        style_strength=1.5,
        flicker_weight=60.0,
        flicker_from=0.0,
        learning_rate=3e-3,
        warmup_steps=15,
        average_decay=0.97,
        match_colours=False,  # each network that is handed over gets its own map
    )


def contrast_after(steps: int) -> float:
    """Share of the painting's deviations that a network gets after so many steps."""
    return LEARNT_CONTRAST - (LEARNT_CONTRAST - FIRST_CONTRAST) * math.exp(-steps / _STEPS_TO_CONTRAST)


def folded(start: Checkpoint, colours: ColourMap) -> Checkpoint:
    """The checkpoint in other colours, in float32: what `nstcam --style PICTURE` shows at once."""
    network = start.build()
    fold_colours(network, colours)
    return replace(start, weights=network.state_dict())
