"""Exact rewrites of trained layers into the arithmetic that inference needs; (weight, bias) pairs in float32."""

from __future__ import annotations

import torch
from torch import Tensor, nn

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


def from_levels(first: Kernel) -> Kernel:
    """A first convolution for BGR levels 0..255 (less their zero point) instead of RGB 0..1.

    Its input channels are colour-major: colour * pixels + pixel.
    """
    weight, bias = first
    colours = weight.reshape(len(weight), 3, -1, *weight.shape[2:]).flip(1).flatten(1, 2)
    return colours / 255, bias


def to_levels(last: Kernel) -> Kernel:
    """A last convolution whose output is BGR 0..255 instead of RGB 0..1."""
    weight, bias = last
    return weight.flip(0) * 255, bias.flip(0) * 255


def sub_pixel(conv: Kernel) -> Kernel:
    """The convolution to 4 O channels that, before depth-to-space by 2, equals nearest resize by 2 and then `conv`.

    The same sums over a quarter of the positions (Aitken et al. 2017). For a 3x3 kernel. Zeros padded to the resized
    map are zeros padded to the small one; its reflection by one pixel is the small map's repeated edge.
    """
    weight, bias = conv
    # Neighbouring rows of the resized map share their source: even rows see k0 | k1+k2, odd rows k0+k1 | k2.
    phases = torch.tensor([[[1.0, 0, 0], [0, 1, 1], [0, 0, 0]], [[0, 0, 0], [1, 1, 0], [0, 0, 1]]])
    merged = torch.einsum("yab,xcd,oibd->oyxiac", phases, phases, weight)
    return merged.flatten(0, 2), bias.repeat_interleave(4)
