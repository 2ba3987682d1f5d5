"""What decides the outcome of a training: the configuration and the learning-rate schedule."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal, NamedTuple

from nstcam.train.network.checked import network_from, number, whole
from nstcam.train.network.networks import NetworkConfig

LARGEST_SEED: Final = 2**31 - 1
"""The seed and the step number share the 64 bits of a generator's seed."""


WARM_STEPS: Final = 1000
"""Length of a training that starts from trained weights, unless it is given."""
COLD_STEPS: Final = 4000
"""Length of a training from scratch, unless it is given."""


class Crops(NamedTuple):
    """The training crops of one step."""

    batch: int
    side: int
    """The side in pixels, a multiple of 16."""


USUAL_CROPS: Final = {"gpu": Crops(4, 256), "warm": Crops(1, 272), "cold": Crops(2, 192)}
"""On a CPU the last two take the same time: a warm start gets further with one large crop, while batch norm in a
training from scratch needs to see two pictures."""


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Everything that decides the outcome, with units. Saved in the checkpoint and, as JSON, in the exported style."""

    network: NetworkConfig
    steps: int = COLD_STEPS
    """Length of the schedule in optimizer steps; ignored where `minutes` is set."""
    minutes: float | None = None
    """Length of the schedule in minutes of wall-clock time."""
    batch: int = USUAL_CROPS["cold"].batch
    crop: int = USUAL_CROPS["cold"].side
    """Side of the training crops in pixels; a multiple of 16."""
    style_size: int = 640
    """Shorter side of the painting in pixels. A larger painting gives broader strokes."""
    style_strength: float = 1.0
    """Weight of the style error against a content error of weight 1."""
    gram_memory: float = 0.0
    """Share of earlier batches in the Gram matrices of deep layers, below 1: for crops too small to have a whole style
    each (loss/gram_memory.py)."""
    crop_choice: int = 1
    """Crops among which each next one is chosen, so that a few in a row are like all (content/balanced.py); with
    1 they come as they are drawn."""
    tone_weight: float = 0.5
    """Weight of `tone_error`: keeps light and dark parts of the content apart."""
    slope_weight: float = 12.0
    """Weight of `tone_slope_error`: keeps the range from dark to light."""
    scene_colour_weight: float = 4.0
    """Weight of `scene_colour_error`: a thing gets one colour."""
    palette_weight: float = 22.0
    """Weight of `palette_error`: the painting's colours and contrast."""
    match_colours: bool = True
    """Whether the finished network gets the last touch: cells without a grid (fit/even_cells.py), and the painting's
    colours (fit/colour_map.py)."""
    calm_weight: float = 0.0
    """Weight of `calm_error`: 1 keeps bare walls bare, for prints and drawings."""
    patches: float = 0.0
    """Strength of the canvas's coarse channels, which put patches of another colour on faces. 1 is the strength of the
    fine channels."""
    lattice_weight: float = 1.0
    """Weight of `lattice_error`: keeps the grid of the network's cells out of the strokes."""
    weave_weight: float = 0.0
    """Weight of `weave_error`: keeps what is learnt in seconds from being a weave."""
    repetition_weight: float = 100.0
    """Weight of `repetition_error`: keeps strokes from repeating like wallpaper where the painting's do not."""
    range_weight: float = 10.0
    """Weight of `range_penalty`."""
    flicker_weight: float = 150.0
    """Weight of `relative_flicker_error` once it is fully in force; it grows linearly over 0.2 of the schedule."""
    flicker_from: float = 0.4
    """Share of the schedule at which the flicker weight begins to grow."""
    optimizer: Literal["soap", "adam"] = "soap"
    learning_rate: float = 4e-3
    """Peak of the warm-up and cosine schedule. Adam needs half of what SOAP tolerates."""
    warmup_steps: int = 50
    gradient_clip: float = 1.0
    """Largest norm of the whole gradient; longer gradients are scaled down to it."""
    average_decay: float = 0.995
    """Decay per step of the moving average of the weights, which is what is exported."""
    freeze_norms_at: float = 0.4
    """Share of the schedule after which batch-norm statistics are frozen: from there on the network trains in exactly
    the form in which it is exported."""
    seed: int = 0


def warm(config: TrainConfig) -> TrainConfig:
    """The same training, from trained weights: batch-norm statistics already fit, and steadiness need not wait for
    strokes."""
    return replace(config, freeze_norms_at=0.0, flicker_from=0.1)


def usual_crops(*, warm: bool, on_gpu: bool) -> Crops:
    """The crops that nst-train uses unless it is told otherwise."""
    return USUAL_CROPS["gpu" if on_gpu else "warm" if warm else "cold"]


_BEFORE: Final = {"slope_weight": 0.0, "scene_colour_weight": 0.0, "palette_weight": 0.0, "match_colours": False}
"""Terms that checkpoints of earlier versions do not name: their runs go on without."""

_WHOLE: Final = {
    "steps": (1, 1_000_000_000), "batch": (1, 4096), "crop": (32, 4096), "style_size": (32, 65536),
    "warmup_steps": (0, 1_000_000_000), "seed": (0, LARGEST_SEED), "crop_choice": (1, 4096),
}  # fmt: skip
"""Ranges of the whole numbers in a TrainConfig from a file."""
_SHARES: Final = "average_decay", "gram_memory", "flicker_from", "freeze_norms_at"
"""Numbers from 0 to 1."""


def config_from(values: Mapping[str, Any]) -> TrainConfig:
    """The TrainConfig that a checkpoint keeps as plain values.

    Raises:
        TypeError: there is a value that this version does not know.
        ValueError: a value is missing or not possible.
    """
    if "network" not in values:
        raise ValueError("network is missing")
    config = TrainConfig(**{**_BEFORE, **values, "network": network_from(values["network"])})
    for field in fields(TrainConfig):
        value = getattr(config, field.name)
        if field.name in _WHOLE:
            whole(value, field.name, *_WHOLE[field.name])
        elif field.name == "match_colours":
            if not isinstance(value, bool):
                raise ValueError("match_colours is not true or false")
        elif field.name == "optimizer":
            if value not in ("soap", "adam"):
                raise ValueError("optimizer is unknown")
        elif field.name not in ("network", "minutes") or (field.name == "minutes" and value is not None):
            number(value, field.name, 0, 1 if field.name in _SHARES else 1e9)
    if config.gram_memory == 1:
        raise ValueError("gram_memory is 1: nothing new would count")
    if config.minutes == 0 or config.learning_rate == 0 or config.crop % 16:
        raise ValueError("minutes or learning_rate is 0, or crop is not a multiple of 16")
    return config


def learning_rate(config: TrainConfig, step: int, progress: float) -> float:
    """Linear warm-up over `warmup_steps`, then a cosine over the whole schedule down to 1 %."""
    warmup = min((step + 1) / max(config.warmup_steps, 1), 1.0)
    cosine = 0.5 * (1 + math.cos(math.pi * progress))
    return config.learning_rate * warmup * (0.01 + 0.99 * cosine)
