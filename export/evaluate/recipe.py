"""What a style was trained for, read back from its checkpoint or file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import onnx

from nstcam.realtime.engine.style import METADATA_PREFIX
from nstcam.train.fit.config import TrainConfig
from nstcam.train.fit.warm_start import style_size_of


@dataclass(frozen=True)
class Recipe:
    """What the loss of a style depends on beside its painting."""

    style_size: int = TrainConfig.style_size
    style_strength: float = TrainConfig.style_strength

    @staticmethod
    def of(training: Mapping[str, object]) -> Recipe:
        """Of a checkpoint's or style's training values; what they do not say is the default of nst-train."""
        strength = training.get("style_strength")
        return Recipe(
            style_size_of(training), float(strength) if isinstance(strength, int | float) else Recipe.style_strength
        )

    @staticmethod
    def of_style(path: Path) -> Recipe:
        """Of a style file."""
        entries = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
        training = json.loads(entries.get(METADATA_PREFIX + "training") or "{}")
        return Recipe.of(training)
