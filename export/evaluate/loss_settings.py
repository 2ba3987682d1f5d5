"""What styles are judged by: the painting at the size of the training, read back from checkpoint or file, and one S."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import onnx

from nstcam.realtime.style_files.contract import METADATA_PREFIX
from nstcam.train.fit.config import TrainConfig
from nstcam.train.fit.warm_start import style_size_of

STYLE_STRENGTH: Final = 0.7
"""S of all totals, whatever a style was trained with: totals and rho of different styles can be compared."""


@dataclass(frozen=True)
class LossSettings:
    """What the loss of a style depends on besides its painting."""

    style_size: int = TrainConfig.style_size
    style_strength: float = STYLE_STRENGTH

    @staticmethod
    def of(training: Mapping[str, object]) -> LossSettings:
        """The settings for a checkpoint or style with these training values; a missing size is nst-train's default."""
        return LossSettings(style_size_of(training))

    @staticmethod
    def of_style(path: Path) -> LossSettings:
        """The settings for a style file; nst-train's default size if it tells none, or nothing that can be read."""
        entries = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
        try:
            training = json.loads(entries.get(METADATA_PREFIX + "training") or "{}")
        except (ValueError, RecursionError):
            training = {}
        return LossSettings.of(training if isinstance(training, dict) else {})
