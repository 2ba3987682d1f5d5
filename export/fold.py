"""Exact rewrites of trained layers into the arithmetic that inference needs; (weight, bias) pairs in float32."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from train.canvas import CELL, OnCanvas

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


def between_cells(conv: Kernel) -> Kernel:
    """The 2x2 convolution that equals nearest resize by 2 and then the 3x3 `conv`, placed between its inputs.

    The resized pixels 2i + 1 and 2i + 2 both see inputs i and i + 1 only, so that together, across the corner where
    four inputs meet, they need 2x2 weights each; `sub_pixel`, which puts the four pixels of one input together, needs
    3x3 of them, most of them zeros.

    Returns:
        Channels (row * 2 + column) * O + o. From n inputs n - 1 outputs: the resized rows 1 to 2n - 2.
    """
    weight, bias = conv
    # Of two neighbouring inputs, pixel 2i + 1 sees the first twice, pixel 2i + 2 the second.
    phases = torch.tensor([[[1.0, 1, 0], [0, 0, 1]], [[1, 0, 0], [0, 1, 1]]])
    merged = torch.einsum("yab,xcd,oibd->yxoiac", phases, phases, weight)
    return merged.flatten(0, 2), bias.repeat(4)


def cells_between(conv: Kernel) -> Kernel:
    """`between_cells` again, over a map whose channels are its output: pixels that are not shuffled into place yet.

    A cell's 4x4 pixels see the 4x4 half-resolution pixels around its middle, which four positions of the map hold: a
    2x2 convolution, with zeros in it. They cost less than a shuffle in between, which would save them: 8-bit
    convolutions of 16 channels leave the vector units half empty (docs/performance.md).

    Returns:
        Channels (row * 4 + column) * O + o. From n inputs n - 1 outputs: with `between_cells` before it, one cell for
        each but the first and the last of the cells that went in.
    """
    weight, bias = between_cells(conv)
    outputs, inputs = len(weight) // 4, weight.shape[1]
    # Pixel y of a cell is phase (y + 1) mod 2 between the half-resolution rows (y + 1) div 2 and the next, of the four
    # from 0 to 3; of them two lie in each position of the map.
    phases = torch.zeros(4, 2, 2, 2, 2)  # pixel, its phase, its tap; position, row in it
    for y in range(4):
        for tap in range(2):
            phases[y, (y + 1) % 2, tap, *divmod((y + 1) // 2 + tap, 2)] = 1
    kernels = weight.reshape(2, 2, outputs, inputs, 2, 2)
    merged = torch.einsum("yYaui,xXbvj,YXocab->yxoijcuv", phases, phases, kernels)
    return merged.flatten(0, 2).flatten(1, 3), bias[:outputs].repeat(16)
