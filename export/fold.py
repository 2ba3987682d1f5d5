"""Exact rewrites of trained layers into the arithmetic that inference needs; (weight, bias) pairs in float32."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from train.networks import CELL

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


def pixels_first(sub_pixels: Kernel) -> Kernel:
    """Channels (row * 2 + column) * O + o instead of o * 4 + row * 2 + column."""
    weight, bias = sub_pixels
    outputs = len(weight) // 4
    ordered = weight.reshape(outputs, 4, *weight.shape[1:]).transpose(0, 1).flatten(0, 1)
    return ordered, bias.reshape(outputs, 4).T.flatten()


def at_half_resolution(sub_pixels: Kernel) -> Kernel:
    """A sub-pixel convolution (4 O channels) over a map that is not shuffled to its own resolution yet.

    Where the map's channels are its pixels, 2x2 to a cell (`pixels_first`), a 3x3 convolution over the pixels is a 3x3
    convolution over the cells, with zeros in it. Four times the multiplications, yet faster: 8-bit convolutions of 16
    channels leave the vector units half empty, and no shuffle is needed in between (docs/performance.md).

    Returns:
        Channels (row * 4 + column) * O + o, the 4x4 pixels of the cell after both depth-to-spaces.
    """
    weight, bias = sub_pixels
    outputs, inputs = len(weight) // 4, weight.shape[1]
    # An output pixel in row y of its cell looks at rows y-1, y, y+1: row (y + a - 1) mod 2 of cell (y + a - 1) div 2.
    phases = torch.zeros(2, 3, 2, 3)
    for y in range(2):
        for a in range(3):
            cell, row = divmod(y + a - 1, 2)
            phases[y, a, row, cell + 1] = 1
    kernels = weight.reshape(outputs, 2, 2, inputs, 3, 3)
    merged = torch.einsum("Yaiu,Xbjv,oyxcab->YyXxoijcuv", phases, phases, kernels)
    biases = bias.reshape(outputs, 2, 2).permute(1, 2, 0)[None, :, None].expand(2, 2, 2, 2, outputs)
    return merged.flatten(0, 4).flatten(1, 3), biases.flatten()
