"""What decides the outcome of a training: the configuration and the schedule of the learning rate."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from nstcam.train.network.networks import NetworkConfig

LARGEST_SEED: Final = 2**31 - 1
"""The seed and the number of a step share the 64 bits of a generator's."""


@dataclass(frozen=True)
class TrainConfig:
    """All that decides the outcome, with units. Saved in the checkpoint and, as JSON, in the exported style."""

    network: NetworkConfig
    steps: int = 2000
    """Length of the schedule in optimizer steps; ignored where `minutes` is set."""
    minutes: float | None = None
    """Length of the schedule in minutes of wall-clock time."""
    batch: int = 2
    crop: int = 192
    """Side of the training crops in pixels; a multiple of 16."""
    style_size: int = 512
    """Shorter side of the painting in pixels. Larger paints broader strokes."""
    style_strength: float = 0.7
    """Weight of the style error against a content error of weight 1."""
    tone_weight: float = 0.5
    """Weight of `tone_error`: keeps light and dark parts of the content apart."""
    calm_weight: float = 0.0
    """Weight of `calm_error`: 1 keeps bare walls bare, for prints and drawings."""
    patches: float = 0.0
    """Strength of the canvas's coarse channels, which put patches of another colour on faces; 1 as the fine ones."""
    lattice_weight: float = 1.0
    """Weight of `lattice_error`: no grid of the network's cells in the strokes."""
    repetition_weight: float = 100.0
    """Weight of `repetition_error`: no wallpaper that the painting does not have."""
    range_weight: float = 10.0
    """Weight of `range_penalty`."""
    flicker_weight: float = 150.0
    """Weight of `flicker_error`, reached between `flicker_from` and `flicker_from` + 0.2 of the schedule."""
    flicker_from: float = 0.4
    optimizer: Literal["soap", "adam"] = "soap"
    learning_rate: float = 4e-3
    """Peak of the warm-up + cosine schedule. Adam wants half of what SOAP bears."""
    warmup_steps: int = 50
    gradient_clip: float = 1.0
    """Largest norm of the whole gradient."""
    average_decay: float = 0.995
    """Decay per step of the moving average of the weights, which is what gets exported."""
    freeze_norms_at: float = 0.4
    """Share of the schedule after which batch-norm statistics are frozen: from there on the network trains in exactly
    the form in which it is exported."""
    seed: int = 0


def warm(config: TrainConfig) -> TrainConfig:
    """For a start with trained weights: their statistics fit already, and steadiness need not wait for strokes."""
    return replace(config, freeze_norms_at=0.0, flicker_from=0.1)


def usual_crops(*, warm: bool, on_gpu: bool) -> tuple[int, int]:
    """Number and side of the crops of a step. On a CPU either choice is the same work: a warm start comes further with
    one large crop; from nothing batch norm wants to see two pictures."""
    if on_gpu:
        return 4, 256
    return (1, 272) if warm else (2, 192)


def config_from(values: dict[str, Any]) -> TrainConfig:
    """A TrainConfig back from the plain values of a checkpoint.

    Of versions that did not say so, the optimizer was Adam, the coarse canvas as strong as the fine one, and neither
    lattices nor repetition were looked for.
    """
    network = values["network"]
    return replace(
        TrainConfig(NetworkConfig(**{**network, "dilations": tuple(network["dilations"])})),
        **{
            "optimizer": "adam",
            "patches": 1.0,
            "lattice_weight": 0.0,
            "repetition_weight": 0.0,
            **{k: v for k, v in values.items() if k != "network"},
        },
    )


def learning_rate(config: TrainConfig, step: int, progress: float) -> float:
    """Linear warm-up over `warmup_steps`, then a cosine over the whole schedule down to 1 %."""
    warmup = min((step + 1) / max(config.warmup_steps, 1), 1.0)
    cosine = 0.5 * (1 + math.cos(math.pi * progress))
    return config.learning_rate * warmup * (0.01 + 0.99 * cosine)
