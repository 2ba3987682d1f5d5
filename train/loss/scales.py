"""What errors are measured against: features of photographs, and the painting's Gram matrices and repetition."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Final

import numpy as np
import torch
from torch import Tensor

from nstcam.train.loss.losses import CONTENT_LAYER, STYLE_WEIGHTS, gram_matrix
from nstcam.train.loss.repetition import usual_repetition
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.picture import Picture, bundled_photographs, shrink_to, to_tensor

log = logging.getLogger(__name__)

BUNDLED_CONTENT_SCALE: Final = 158191.47829861112
"""`content_scale` of the bundled VGG-16, which takes four seconds of a CPU to measure."""


def content_scales(network: VggFeatures, layers: Collection[str]) -> dict[str, float]:
    """Mean squared features over the bundled photographs at 256 px: constants of the loss network, for each layer."""
    if not layers:
        return {}
    device = next(network.parameters()).device
    squares: dict[str, list[float]] = {name: [] for name in layers}
    with torch.no_grad():
        for photograph in bundled_photographs(256):
            features = network(to_tensor(photograph, device), list(layers))
            for name, values in squares.items():
                values.append(features[name].square().mean().item())
    return {name: float(np.mean(values)) for name, values in squares.items()}


def content_scale(loss_network: VggFeatures) -> float:
    """Mean squared content feature over the bundled photographs: one constant for each loss network."""
    if loss_network.as_bundled:
        return BUNDLED_CONTENT_SCALE
    return content_scales(loss_network, [CONTENT_LAYER])[CONTENT_LAYER]


def style_repetition(style: Picture, size: int, device: torch.device) -> Tensor:
    """`usual_repetition` of the painting at `size` pixels on its shorter side (never enlarged)."""
    return usual_repetition(to_tensor(shrink_to(style, size), device))


def style_grams(loss_network: VggFeatures, style: Picture, size: int, device: torch.device) -> dict[str, Tensor]:
    """Gram matrices (1, C, C) of the painting at `size` pixels on its shorter side (never enlarged)."""
    if min(style.shape[:2]) < size:
        log.warning("the painting's shorter side is only %d px; strokes will be finer", min(style.shape[:2]))
    tensor = to_tensor(shrink_to(style, size), device)
    with torch.no_grad():
        return {name: gram_matrix(f) for name, f in loss_network(tensor, list(STYLE_WEIGHTS)).items()}
