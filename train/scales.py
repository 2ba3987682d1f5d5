"""Mean squared features: what content errors are measured in."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import torch

from train.content import PHOTOS, read_rgb, shrink_to, to_tensor
from train.vgg import VggFeatures


def content_scales(network: VggFeatures, layers: Collection[str]) -> dict[str, float]:
    """Mean squared features over the bundled photographs at 256 px: constants of the loss network, for each layer."""
    if not layers:
        return {}
    device = next(network.parameters()).device
    squares: dict[str, list[float]] = {name: [] for name in layers}
    with torch.no_grad():
        for path in sorted(PHOTOS.glob("*.jpg")):
            features = network(to_tensor(shrink_to(read_rgb(path), 256), device), list(layers))
            for name, values in squares.items():
                values.append(features[name].square().mean().item())
    return {name: float(np.mean(values)) for name, values in squares.items()}
