"""Learning a painting while somebody watches: a training with small crops that begins near its end."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from typing import Final

import torch

from nstcam.train.fit.colour_map import ColourMap, fold_colours, match_colours
from nstcam.train.fit.config import TrainConfig, warm
from nstcam.train.network.checkpoint import Checkpoint
from nstcam.train.network.networks import LiteNet, NetworkConfig, TransformerNet
from nstcam.train.picture import PHOTOS, Picture, read_rgb, shrink_to, to_tensor

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
_SIDE: Final = 200
"""Pixels of the shorter side of the photographs that colours are measured on."""


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
        warmup_steps=5,
        average_decay=0.95,
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


class Matcher:
    """Gives networks the painting's colours, as the end of a training does, but on the bundled photographs, as the
    colours of the style at the beginning are chosen (realtime/palette).

    A dozen training crops will not do: most are drawn scenes in any light, which vary less than photographs, so that
    bright walls burnt out.
    """

    def __init__(self, config: TrainConfig, painting: Picture) -> None:
        """Reads the photographs."""
        self._painting, self._size = painting, config.style_size
        photographs = (shrink_to(read_rgb(path), _SIDE) for path in sorted(PHOTOS.glob("*.jpg")))
        self._photographs = [to_tensor(photograph, torch.device("cpu")) for photograph in photographs]

    def matched(self, network: TransformerNet | LiteNet, contrast: float) -> TransformerNet | LiteNet:
        """A copy with the map from its colours on the photographs to the painting's.

        Args:
            contrast: share of the painting's standard deviations that it gets.
        """
        own = copy.deepcopy(network).eval()
        match_colours(own, self._painting, self._size, iter(self._photographs), contrast)
        return own
