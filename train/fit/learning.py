"""Learning a painting while somebody watches: a training with small crops that begins near its end."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

import torch
from torch import Tensor

from nstcam.train.content.crops import TrainingCrops
from nstcam.train.content.sources import ContentSource
from nstcam.train.fit.colour_map import ColourMap, fold_colours
from nstcam.train.fit.config import TrainConfig, warm
from nstcam.train.network.checkpoint import Checkpoint
from nstcam.train.network.networks import NetworkConfig


class Shares(NamedTuple):
    """How much of the painting's deviations of colour a network gets."""

    contrast: float
    """From dark to light."""
    hues: float


STEPS: Final = 900
"""Length of the whole learning: five minutes or so on a core. After that crops of this size teach hardly more."""
CROP: Final = 112
"""Pixels. Steps with crops of 160 px take half as long again, and in the same time come no further."""
STYLE_SIZE: Final = 512
"""Strokes are finer than those of nst-train at 640 px, as much as crops are smaller than its crops."""
SHARES: Final = Shares(0.75, 0.88)
"""Towards which the colours of what is handed over go, measured on the bundled photographs; others have more light and
dark than those (docs/research/learning.md)."""
SCENES, SCENE_SIDE = 24, 48
"""How many scenes are painted again in every step, and their side in pixels. That takes a sixteenth of a step."""
_SEED_OF_SCENES: Final = 1
"""Another than that of the training crops."""


def learning_config(network: NetworkConfig, steps: int = STEPS, crop: int = CROP) -> TrainConfig:
    """The settings that look best after seconds and minutes (docs/research/learning.md)."""
    return replace(
        warm(TrainConfig(network=network)),
        steps=steps,
        batch=1,
        crop=crop,
        style_size=STYLE_SIZE,
        style_strength=2.0,
        gram_memory=0.75,
        crop_choice=12,
        lattice_weight=3.0,
        weave_weight=3.0,
        scene_colour_weight=12.0,
        flicker_weight=60.0,
        flicker_from=0.0,
        learning_rate=3e-3,
        warmup_steps=15,
        average_decay=0.97,
        match_colours=False,  # each network that is handed over gets its own map
    )


def scenes_of(source: ContentSource) -> Tensor:
    """(SCENES, 3, SCENE_SIDE, SCENE_SIDE) RGB in 0..1, among which colours are ranked; always the same ones.

    What was painted lately shows the colours of the network as it was. Those that have become too light since are light
    among these, would be made lighter still, and swing for a hundred steps; and before the first steps there is nothing
    to rank among (docs/research/learning.md).
    """
    crops = TrainingCrops(source, SCENE_SIDE, seed=_SEED_OF_SCENES, first=0, count=SCENES)
    return torch.stack([crops[number] for number in range(SCENES)])


def folded(start: Checkpoint, colours: ColourMap) -> Checkpoint:
    """The checkpoint in other colours, in float32: what `nstcam --style PICTURE` shows at once."""
    network = start.build()
    fold_colours(network, colours)
    return replace(start, weights=network.state_dict())
