"""Exact rewrites of trained layers into the arithmetic that inference needs; (weight, bias) pairs in float32."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nstcam.train.network.canvas import CELL, OnCanvas

Kernel = tuple[Tensor, Tensor]
"""Convolution weight (O, I, kH, kW) and bias (O,)."""


def kernel(conv: nn.Conv2d) -> Kernel:
    bias = torch.zeros(conv.out_channels) if conv.bias is None else conv.bias.detach()
    return conv.weight.detach(), bias


def with_norm(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> Kernel:
    """One convolution that does what `conv` and then `norm` with its running statistics do."""
    folded = torch.nn.utils.fusion.fuse_conv_bn_eval(conv.eval(), norm.eval())
    assert isinstance(folded, nn.Conv2d)
    return kernel(folded)


def canvas(network: OnCanvas) -> tuple[Tensor, Kernel]:
    """The noise that a network paints on, (1, C, rows, columns), and its convolution: channels that it does not see are
    left out (but for one, where it sees none)."""
    assert network.canvas_conv is not None
    weight, bias = kernel(network.canvas_conv)
    weight = weight * network.canvas_strength[:, None, None]
    seen = weight.abs().sum((0, 2, 3)) > 0
    seen[0] |= not seen.any()
    return network.canvas[:, seen], (weight[:, seen], bias)


def from_levels(first: Kernel) -> Kernel:
    """A first convolution for BGR levels 0..255 (less their zero point) instead of RGB 0..1."""
    weight, bias = first
    return weight.flip(1) / 255, bias


def from_cells(first: Kernel) -> Kernel:
    """A first convolution for cells of BGR levels, colour last, instead of RGB 0..1 in the order of pixel_unshuffle.

    In: channels colour * 16 + row * 4 + column; out: (row * 4 + column) * 3 + colour.
    """
    weight, bias = first
    colours = weight.reshape(len(weight), 3, CELL, CELL, *weight.shape[2:]).flip(1)
    return colours.permute(0, 2, 3, 1, 4, 5).flatten(1, 3) / 255, bias


def to_levels(last: Kernel) -> Kernel:
    """A last convolution whose output is BGR 0..255 instead of RGB 0..1; the colour is its slowest channel."""
    weight, bias = last
    return weight.flip(0) * 255, bias.flip(0) * 255


def to_cells(last: Kernel) -> Kernel:
    """A last convolution whose output is cells as in `from_cells`, instead of RGB 0..1 as pixel_shuffle takes it."""
    weight, bias = (
        levels.reshape(3, CELL * CELL, *levels.shape[1:]).flip(0).transpose(0, 1).flatten(0, 1) for levels in last
    )
    return weight * 255, bias * 255


def sub_pixel(conv: Kernel) -> Kernel:
    """The convolution to 4 O channels that, before depth-to-space by 2, equals nearest resize by 2 and then `conv`.

    The same sums over a quarter of the positions (Aitken et al. 2017). For a 3x3 kernel. Channels as pixel_shuffle
    takes them: o * 4 + row * 2 + column. The reflection of the resized map by one pixel is the small map's repeated
    edge.
    """
    weight, bias = conv
    # Neighbouring rows of the resized map share their source: even rows see k0 | k1+k2, odd rows k0+k1 | k2.
    phases = torch.tensor([[[1.0, 0, 0], [0, 1, 1], [0, 0, 0]], [[0, 0, 0], [1, 1, 0], [0, 0, 1]]])
    merged = torch.einsum("yab,xcd,oibd->oyxiac", phases, phases, weight)
    return merged.flatten(0, 2), bias.repeat_interleave(4)
