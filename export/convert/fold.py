"""Rewrites trained layers exactly into convolutions for inference, as pairs (weight, bias) in float32."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nstcam.train.network.canvas import CELL, OnCanvas

Kernel = tuple[Tensor, Tensor]
"""Convolution weight (O, I, kH, kW) and bias (O,)."""


def kernel(conv: nn.Conv2d) -> Kernel:
    """Weight and bias of a convolution; zeros where it has no bias."""
    bias = torch.zeros(conv.out_channels) if conv.bias is None else conv.bias.detach()
    return conv.weight.detach(), bias


def with_norm(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> Kernel:
    """One convolution that equals `conv` followed by `norm` with its running statistics."""
    folded = torch.nn.utils.fusion.fuse_conv_bn_eval(conv.eval(), norm.eval())
    assert isinstance(folded, nn.Conv2d)
    return kernel(folded)


def canvas(network: OnCanvas) -> tuple[Tensor, Kernel]:
    """The noise a network paints on, (1, C, rows, columns), and its convolution.

    Channels whose weights are all zero are left out; at least one channel is kept.
    """
    assert network.canvas_conv is not None
    weight, bias = kernel(network.canvas_conv)
    weight = weight * network.canvas_strength[:, None, None]
    seen = weight.abs().sum((0, 2, 3)) > 0
    seen[0] |= not seen.any()
    return network.canvas[:, seen], (weight[:, seen], bias)


def from_levels(first: Kernel) -> Kernel:
    """Turns a first convolution of RGB 0..1 into one of BGR levels 0..255 with their zero point subtracted."""
    weight, bias = first
    return weight.flip(1) / 255, bias


def from_cells(first: Kernel) -> Kernel:
    """Turns a first convolution of RGB 0..1 after pixel_unshuffle into one of cells of BGR levels, colour last.

    Input channel colour * 16 + row * 4 + column becomes (row * 4 + column) * 3 + colour.
    """
    weight, bias = first
    colours = weight.reshape(len(weight), 3, CELL, CELL, *weight.shape[2:]).flip(1)
    return colours.permute(0, 2, 3, 1, 4, 5).flatten(1, 3) / 255, bias


def to_levels(last: Kernel) -> Kernel:
    """Turns a last convolution with outputs RGB 0..1 into one with BGR 0..255. Colour is the slowest output channel."""
    weight, bias = last
    return weight.flip(0) * 255, bias.flip(0) * 255


def to_cells(last: Kernel) -> Kernel:
    """Turns a last convolution before pixel_shuffle to RGB 0..1 into one whose outputs are cells as in `from_cells`."""
    weight, bias = (
        levels.reshape(3, CELL * CELL, *levels.shape[1:]).flip(0).transpose(0, 1).flatten(0, 1) for levels in last
    )
    return weight * 255, bias * 255


def sub_pixel(conv: Kernel) -> Kernel:
    """A convolution to 4 O channels which, followed by depth-to-space by 2, equals nearest resize by 2 and then `conv`.

    It computes the same sums at a quarter of the positions (Aitken et al. 2017). `conv` must be 3x3. Output channels
    are in the order of pixel_shuffle: o * 4 + row * 2 + column. Reflecting the resized map by one pixel is the same as
    repeating the edge of the small map.
    """
    weight, bias = conv
    # Neighbouring rows of the resized map share their source: even rows see k0 | k1+k2, odd rows k0+k1 | k2.
    phases = torch.tensor([[[1.0, 0, 0], [0, 1, 1], [0, 0, 0]], [[0, 0, 0], [1, 1, 0], [0, 0, 1]]])
    merged = torch.einsum("yab,xcd,oibd->oyxiac", phases, phases, weight)
    return merged.flatten(0, 2), bias.repeat_interleave(4)
