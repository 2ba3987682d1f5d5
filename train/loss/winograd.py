"""Frozen 3x3 convolutions with a quarter of the multiplications on CPUs: Winograd's F(4x4, 3x3) and F(2x2, 3x3).

Lavin and Gray 2016 (arXiv 1509.09308): 4x4 pixels of output come from the 6x6 of input around them, transformed so that
the convolution becomes 36 products: between all channels, 36 matrix products. 2x2 pixels need 16. cuDNN chooses such
algorithms by itself; what PyTorch uses on CPUs has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PAYS_FROM: Final = 64 * 128
"""Input times output channels. Below, transforming costs what the products save (64 x 64: 39 ms against 36)."""
STRIP_BYTES: Final = 4 << 20
"""Bytes of transformed pixels at a time, so that they stay in the cache; fewer would read the kernels too often."""
FEW_SQUARES: Final = 32
"""Up to so many squares of 4x4 pixels are calculated as squares of 2x2: it takes longest to read the kernels, of which
those have less than half as many."""


class FrozenConv(nn.Conv2d):
    """3x3 convolution, stride 1, one pixel of zeros around; its weights are never trained nor changed.

    In float32 on CPUs the result is 3e-6 off (relative), as is the gradient.
    """

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        """weight: (outputs, inputs, 3, 3); bias: (outputs,)."""
        super().__init__(weight.shape[1], weight.shape[0], 3, padding=1)
        self.weight.data.copy_(weight)
        self.bias.data.copy_(bias)  # type: ignore[union-attr]
        self.requires_grad_(False)
        self._transformed: dict[bool, tuple[int, Tensor]] = {}
        """The kernels of the gradient (True) and of the result, and the pixels of the squares that they are for."""

    def reset_parameters(self) -> None:
        """Draws no weights: they are given."""

    @property
    def transformed_bytes(self) -> int:
        """Most bytes of transformed kernels for result and gradient; 0 if transforming does not pay."""
        weights = self.in_channels * self.out_channels
        return 2 * 36 * 4 * weights if weights >= PAYS_FROM else 0

    def forward(self, x: Tensor) -> Tensor:
        if x.device.type != "cpu" or x.dtype != torch.float32 or not self.transformed_bytes:
            return super().forward(x)
        return _Winograd.apply(x, self)  # type: ignore[no-any-return,no-untyped-call]

    def kernels(self, side: int, *, of_gradient: bool) -> Tensor:
        """The kernels transformed for squares of `side` pixels ((side + 2)^2, inputs, outputs).

        They are kept until they are wanted for other squares: keeping both sets would take half as much memory again.
        """
        kept, transformed = self._transformed.get(of_gradient, (0, self.weight))
        if kept != side:
            weight = self.weight.flip(2, 3).transpose(0, 1) if of_gradient else self.weight
            outputs, inputs = weight.shape[:2]
            flat = weight.permute(2, 3, 1, 0).reshape(9, -1)
            one_way = _KERNEL[side]
            transformed = (torch.kron(one_way, one_way) @ flat).view(-1, inputs, outputs)
            self._transformed[of_gradient] = side, transformed
        return transformed


class _Winograd(torch.autograd.Function):
    """The gradient of a convolution with respect to its input is a convolution with the kernels turned round."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, conv: FrozenConv) -> Tensor:
        ctx.conv = conv
        return _convolve(x, conv, of_gradient=False)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return _convolve(gradient, ctx.conv, of_gradient=True), None


def _convolve(x: Tensor, conv: FrozenConv, *, of_gradient: bool) -> Tensor:
    """(N, inputs, H, W) -> (N, outputs, H, W), channels last; of a gradient, without the bias."""
    count, inputs, height, width = x.shape
    side = 2 if count * -(-height // 4) * -(-width // 4) <= FEW_SQUARES else 4
    kernels, bias = conv.kernels(side, of_gradient=of_gradient), None if of_gradient else conv.bias
    points, outputs = side + 2, kernels.shape[2]
    rows, columns = -(-height // side), -(-width // side)  # of squares
    padded = F.pad(x.permute(0, 2, 3, 1), (0, 0, 1, side * columns - width + 1, 1, side * rows - height + 1))
    result = torch.empty((count, outputs, side * rows, side * columns), memory_format=torch.channels_last)
    squares = result.permute(0, 2, 3, 1).view(count, rows, side, columns, side, outputs).permute(2, 4, 0, 1, 3, 5)
    strip = max(1, STRIP_BYTES // (points**2 * 4 * count * columns * max(inputs, outputs)))
    for first in range(0, rows, strip):
        height_here = min(strip, rows - first)
        seen = padded[:, side * first :]
        by_row = padded.new_empty((points, count, height_here, padded.shape[2], inputs))
        _TO_POINTS[side]([seen[:, row : row + side * height_here : side] for row in range(points)], by_row)
        transformed = padded.new_empty((points, points, count, height_here, columns, inputs))
        across = [by_row[:, :, :, column : column + side * columns : side] for column in range(points)]
        _TO_POINTS[side](across, transformed.transpose(0, 1))
        products = torch.bmm(transformed.flatten(2, 4).flatten(0, 1), kernels)
        products = products.view(points, points, count, height_here, columns, outputs)
        by_column = products.new_empty((side, points, *products.shape[2:]))
        _TO_PIXELS[side](products.unbind(1), by_column)
        pixels = squares[:, :, :, first : first + height_here]
        _TO_PIXELS[side](by_column.unbind(1), pixels)
        if bias is not None:
            pixels += bias
    if result.shape[2:] == (height, width):
        return result
    # A copy: a view could not be rectified in place.
    return result[:, :, :height, :width].clone(memory_format=torch.channels_last)


# Sections 4.1 and 4.3 of the paper: the transforms of the input, B^T, of the output, A^T, and of the kernels, G, in one
# dimension. The first two are sums here: products with matrices as small as these take longer.
def _to_six_points(x: Sequence[Tensor], out: Tensor) -> None:
    """B^T for squares of 4x4: six tensors -> `out` (6, ...)."""
    even, odd = x[4] - x[2], x[3] - x[1]
    torch.add(even, x[0] - x[2], alpha=4, out=out[0])
    torch.add(even, odd, alpha=2, out=out[3])
    torch.add(even, odd, alpha=-2, out=out[4])
    torch.add(x[5] - x[3], odd, alpha=-4, out=out[5])
    torch.add(x[4], x[2], alpha=-4, out=even)
    torch.add(x[3], x[1], alpha=-4, out=odd)
    torch.add(even, odd, out=out[1])
    torch.sub(even, odd, out=out[2])


def _to_four_pixels(x: Sequence[Tensor], out: Tensor) -> None:
    """A^T for squares of 4x4: six tensors -> `out` (4, ...)."""
    near, far = x[1] + x[2], x[3] + x[4]
    torch.add(near, far, alpha=4, out=out[2])
    torch.add(near.add_(x[0]), far, out=out[0])
    torch.sub(x[1], x[2], out=near)
    torch.sub(x[3], x[4], out=far)
    torch.add(near, far, alpha=2, out=out[1])
    torch.add(near.add_(far, alpha=8), x[5], out=out[3])


def _to_four_points(x: Sequence[Tensor], out: Tensor) -> None:
    """B^T for squares of 2x2: four tensors -> `out` (4, ...)."""
    torch.sub(x[0], x[2], out=out[0])
    torch.add(x[1], x[2], out=out[1])
    torch.sub(x[2], x[1], out=out[2])
    torch.sub(x[1], x[3], out=out[3])


def _to_two_pixels(x: Sequence[Tensor], out: Tensor) -> None:
    """A^T for squares of 2x2: four tensors -> `out` (2, ...)."""
    torch.add(x[0], x[1], out=out[0]).add_(x[2])
    torch.sub(x[1], x[2], out=out[1]).sub_(x[3])


_TO_POINTS: Final = {2: _to_four_points, 4: _to_six_points}
_TO_PIXELS: Final = {2: _to_two_pixels, 4: _to_four_pixels}
_KERNEL: Final = {
    2: torch.tensor([[2.0, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]]) / 2,
    4: torch.tensor([[6.0, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24,
}
