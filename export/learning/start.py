"""The network that learning a painting begins with: the one that nstcam mixes for it at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import nn

from nstcam.realtime.palette.basis import basis
from nstcam.train.basis.folding import unfolded
from nstcam.train.basis.learnt import START
from nstcam.train.basis.pack import layers
from nstcam.train.fit.warm_start import find_warm_start
from nstcam.train.network.checkpoint import Checkpoint, StyleIdentity, load_checkpoint


def mixed(shares: Sequence[float]) -> Checkpoint:
    """The network with these shares of `palette.basis`, in its own colours and in float32.

    It has the norms of the style that the basis comes from: folded into the convolutions, as the basis has them, some
    weights are so small that steps of learning would be too large for them.

    Raises:
        TrainError: that style's checkpoint is missing or damaged.
    """
    start = load_checkpoint(find_warm_start(START))
    network = start.build()
    weights, modules = network.state_dict(), dict(network.named_modules())
    kernels = basis().network(shares)
    for layer, (weight_name, bias_name) in layers(weights).items():
        weight, bias = (torch.from_numpy(values) for values in kernels[layer])
        if bias_name is None:  # the canvas, of which the basis has what is seen, as it is seen
            strength = weights["canvas_strength"]
            weights[weight_name].zero_()[:, strength > 0] = weight / strength[strength > 0][:, None, None]
            continue
        norm = modules[bias_name.removesuffix(".bias")]
        if isinstance(norm, nn.BatchNorm2d):
            weight, bias = unfolded(weight, bias, norm)
        weights[weight_name].copy_(weight)
        weights[bias_name].copy_(bias)
    return replace(start, weights=weights, identity=StyleIdentity("mixed"), step=0, signature=None)
