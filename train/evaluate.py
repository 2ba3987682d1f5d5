"""How well a network fits its painting, on photographs it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from train.fit import content_scale, style_grams, to_tensor
from train.losses import CONTENT_LAYER, STYLE_WEIGHTS, content_error, gram_matrix, style_error
from train.networks import LiteNet, TransformerNet
from train.scenes import Picture
from train.vgg import VggFeatures


@dataclass(frozen=True)
class Fit:
    """Mean errors over pictures; see train.losses for what the numbers mean."""

    content: float
    style: dict[str, float]
    """Relative Gram error by layer, unweighted."""

    def total(self, style_strength: float) -> float:
        return self.content + style_strength * sum(STYLE_WEIGHTS[name] * error for name, error in self.style.items())


def evaluate(
    network: TransformerNet | LiteNet,
    pictures: Sequence[Picture],
    painting: Picture,
    style_size: int,
    loss_network: VggFeatures,
) -> Fit:
    """Args: network: in evaluation mode; pictures: RGB, height and width multiples of 4, used at the size they have."""
    device = next(network.parameters()).device
    grams = style_grams(loss_network, painting, style_size, device)
    scale = content_scale(loss_network, device)
    contents: list[float] = []
    styles: dict[str, list[float]] = {name: [] for name in STYLE_WEIGHTS}
    with torch.no_grad():
        for picture in pictures:
            image = to_tensor(picture, device)
            # What a screen shows, not the linear output, which may exceed 0..1.
            features = loss_network(network(image).clamp(0, 1), [*STYLE_WEIGHTS, CONTENT_LAYER])
            target = loss_network(image, [CONTENT_LAYER])[CONTENT_LAYER]
            contents.append(content_error(features[CONTENT_LAYER], target, scale).item())
            for name in STYLE_WEIGHTS:
                styles[name].append(style_error(gram_matrix(features[name]), grams[name]).item())
    return Fit(float(np.mean(contents)), {name: float(np.mean(errors)) for name, errors in styles.items()})
