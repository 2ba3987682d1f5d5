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
class LossSettings:
    """What the loss of a style depends on besides its painting."""

    style_size: int = TrainConfig.style_size
    style_strength: float = TrainConfig.style_strength

    @staticmethod
    def of(training: Mapping[str, object]) -> LossSettings:
        """The settings in the training values of a checkpoint or style; missing ones have nst-train's defaults."""
        strength = training.get("style_strength")
        if isinstance(strength, bool) or not isinstance(strength, int | float) or not 0 <= strength < 1e9:
            strength = LossSettings.style_strength
        return LossSettings(style_size_of(training), float(strength))

    @staticmethod
    def of_style(path: Path) -> LossSettings:
        """The settings in a style file; nst-train's defaults where it tells none, or nothing that can be read."""
        entries = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
        try:
            training = json.loads(entries.get(METADATA_PREFIX + "training") or "{}")
        except (ValueError, RecursionError):
            training = {}
        return LossSettings.of(training if isinstance(training, dict) else {})
