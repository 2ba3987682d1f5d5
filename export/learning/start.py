"""The network that learning a painting begins with: the one that nstcam mixes for it at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import torch
from torch import Tensor, nn

from nstcam.realtime.palette.basis import basis
from nstcam.train.basis.learnt import START
from nstcam.train.fit.warm_start import find_warm_start
from nstcam.train.network.checkpoint import Checkpoint, StyleIdentity, load_checkpoint

_EPSILON: Final = nn.BatchNorm2d(1).eps


def mixed(shares: Sequence[float]) -> Checkpoint:
    """The network with these shares of `palette.basis`, in its own colours and in float32.

    It has the norms of the style that the basis comes from: folded into the convolutions, as the basis has them, some
    weights are so small that steps of learning would be too large for them.

    Raises:
        TrainError: that style's checkpoint is missing or damaged.
    """
    start = load_checkpoint(find_warm_start(START))
    weights = {name: values.float() if values.is_floating_point() else values for name, values in start.weights.items()}
    for layer, (weight, bias) in basis().network(shares).items():
        kernel = torch.from_numpy(weight.copy())
        if layer == "canvas":
            strength = weights["canvas_strength"]
            whole = torch.zeros_like(weights["canvas_conv.weight"])
            whole[:, strength > 0] = kernel / strength[strength > 0][:, None, None]
            weights["canvas_conv.weight"] = whole
        elif layer == "up2":  # no norm follows
            weights |= {"up2.weight": kernel, "up2.bias": torch.from_numpy(bias.copy())}
        else:
            convolution, norm = _modules(layer)
            factor = _factor(weights, norm)
            weights[f"{convolution}.weight"] = kernel / factor[:, None, None, None]
            weights[f"{norm}.bias"] = torch.from_numpy(bias.copy()) + weights[f"{norm}.running_mean"] * factor
    return replace(start, weights=weights, identity=StyleIdentity("mixed"), step=0, signature=None)


def _modules(layer: str) -> tuple[str, str]:
    """The convolution of a layer of `palette.network`, and the norm that follows it."""
    if layer in ("stem", "up1"):
        return layer, f"{layer}_norm"
    block, place = int(layer[-1]) - 1, 1 if layer.startswith("inner") else 2
    return f"blocks.{block}.conv{place}", f"blocks.{block}.norm{place}"


def _factor(weights: dict[str, Tensor], norm: str) -> Tensor:
    """(channels,): what the norm multiplies by."""
    return weights[f"{norm}.weight"] / (weights[f"{norm}.running_var"] + _EPSILON).sqrt()
