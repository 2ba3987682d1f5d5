"""How well a network matches its painting, on photographs that it was not trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from nstcam.train.loss.losses import CONTENT_LAYER, STYLE_WEIGHTS, content_error, gram_matrix, style_error
from nstcam.train.loss.scales import content_scale, style_grams
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.network.networks import LiteNet, TransformerNet
from nstcam.train.picture import Picture, to_tensor


@dataclass(frozen=True)
class Fit:
    """Errors of a picture, or means over several pictures; nstcam.train.loss.losses defines them."""

    content: float
    style: Mapping[str, float]
    """Relative Gram error by layer, unweighted."""

    def total(self, style_strength: float) -> float:
        return self.content + style_strength * sum(STYLE_WEIGHTS[name] * error for name, error in self.style.items())


def mean_fit(fits: Sequence[Fit]) -> Fit:
    """The mean of at least one Fit; all must have the same layers."""
    names = fits[0].style
    return Fit(
        float(np.mean([fit.content for fit in fits])),
        {name: float(np.mean([fit.style[name] for fit in fits])) for name in names},
    )


def fit_of(
    painted: Tensor, content: Tensor, grams: Mapping[str, Tensor], scale: float, loss_network: VggFeatures
) -> Fit:
    """Errors of one painted picture.

    Args:
        painted: (1, 3, H, W) RGB in 0..1.
        content: the picture it was painted from, likewise.
        grams: the painting's `style_grams`; if empty, `style` is empty too.
        scale: the loss network's `content_scale`.
    """
    with torch.no_grad():
        features = loss_network(painted, [*grams, CONTENT_LAYER])
        target = loss_network(content, [CONTENT_LAYER])[CONTENT_LAYER]
        errors = {name: style_error(gram_matrix(features[name]), gram).item() for name, gram in grams.items()}
        return Fit(content_error(features[CONTENT_LAYER], target, scale).item(), errors)


def evaluate(
    network: TransformerNet | LiteNet,
    pictures: Sequence[Picture],
    painting: Picture,
    style_size: int,
    loss_network: VggFeatures,
) -> Fit:
    """Mean errors of a network over pictures.

    Args:
        network: in evaluation mode.
        pictures: RGB uint8, painted at their own size; height and width are multiples of 4.
        style_size: shorter side, in pixels, that the painting is compared at.
    """
    device = next(network.parameters()).device
    grams = style_grams(loss_network, painting, style_size, device)
    scale = content_scale(loss_network)
    fits = []
    with torch.no_grad():
        for picture in pictures:
            image = to_tensor(picture, device)
            # Clipped as on a screen: the linear output may exceed 0..1.
            fits.append(fit_of(network(image).clamp(0, 1), image, grams, scale, loss_network))
    return mean_fit(fits)
