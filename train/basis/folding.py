"""Networks in the form in which they can be mixed: their norms are part of the convolutions.

A norm divides by a deviation, so that halves of two networks with norms are not half of each; halves of their folded
weights are.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from nstcam.train.network.networks import LiteBlock, LiteNet


@torch.no_grad()
def folded_norms(network: LiteNet) -> LiteNet:
    """A copy in evaluation mode that paints the same, whose norms do nothing but add their bias."""
    own = copy.deepcopy(network).eval()
    pairs = [(own.stem, own.stem_norm), (own.up1, own.up1_norm)]
    for block in own.blocks:
        assert isinstance(block, LiteBlock)
        pairs += [(block.conv1, block.norm1), (block.conv2, block.norm2)]
    for conv, norm in pairs:
        gains, mean = _gains_and_mean(norm)
        conv.weight.mul_(gains[:, None, None, None])
        norm.bias.sub_(mean * gains)
        norm.weight.fill_(1)
        mean.zero_()
        assert norm.running_var is not None
        norm.running_var.fill_(1 - norm.eps)
    return own


@torch.no_grad()
def unfolded(weight: Tensor, bias: Tensor, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """The weight (O, I, rows, columns) of a convolution and the bias (O,) of the norm after it, which together do what
    a folded convolution with these does."""
    gains, mean = _gains_and_mean(norm)
    return weight / gains[:, None, None, None], bias + mean * gains


def _gains_and_mean(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """(channels,) each: what the norm multiplies by, and what it subtracts before."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    return norm.weight / torch.sqrt(norm.running_var + norm.eps), norm.running_mean


def varying(network: LiteNet) -> list[str]:
    """The parameters of a folded network in which one differs from another: all but the norms' gains, which are 1."""
    norms = {f"{name}.weight" for name, module in network.named_modules() if isinstance(module, nn.BatchNorm2d)}
    return [name for name, _ in network.named_parameters() if name not in norms]
