"""Frozen 3x3 convolutions with a quarter of the multiplications on CPUs: Winograd's F(4x4, 3x3).

Lavin and Gray 2016 (arXiv 1509.09308): 4x4 pixels of output come from the 6x6 of input around them, transformed so that
the convolution becomes 36 products: between all channels, 36 matrix products. cuDNN chooses such algorithms by itself;
what PyTorch uses on CPUs has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# Section 4.3 there: the transform of the kernel, G, in one dimension, and in two on kernels laid out as columns.
_KERNEL: Final = torch.tensor([[6.0, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24
_KERNEL_2D: Final = torch.kron(_KERNEL, _KERNEL)

PAYS_FROM: Final = 64 * 128
"""Input times output channels. Below, transforming costs what the products save (64 x 64: 39 ms against 36)."""
STRIP_BYTES: Final = 4 << 20
"""Bytes of transformed pixels at a time, so that they stay in the cache; fewer would read the kernels too often."""


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
        self._transformed: dict[bool, Tensor] = {}

    def reset_parameters(self) -> None:
        """Draws no weights: they are given."""

    @property
    def transformed_bytes(self) -> int:
        """Bytes of the transformed kernels for result and gradient; 0 if transforming does not pay."""
        weights = self.in_channels * self.out_channels
        return 2 * 36 * 4 * weights if weights >= PAYS_FROM else 0

    def forward(self, x: Tensor) -> Tensor:
        if x.device.type != "cpu" or x.dtype != torch.float32 or not self.transformed_bytes:
            return super().forward(x)
        return _Winograd.apply(x, self)  # type: ignore[no-any-return,no-untyped-call]

    def kernels(self, *, of_gradient: bool) -> Tensor:
        """The transformed kernels (36, inputs, outputs), made on first use."""
        if of_gradient not in self._transformed:
            weight = self.weight.flip(2, 3).transpose(0, 1) if of_gradient else self.weight
            outputs, inputs = weight.shape[:2]
            flat = weight.permute(2, 3, 1, 0).reshape(9, -1)
            self._transformed[of_gradient] = (_KERNEL_2D @ flat).view(36, inputs, outputs)
        return self._transformed[of_gradient]


class _Winograd(torch.autograd.Function):
    """The gradient of a convolution with respect to its input is a convolution with the kernels turned round."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, conv: FrozenConv) -> Tensor:
        ctx.conv = conv
        return _convolve(x, conv.kernels(of_gradient=False), conv.bias)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return _convolve(gradient, ctx.conv.kernels(of_gradient=True), None), None


def _convolve(x: Tensor, kernels: Tensor, bias: Tensor | None) -> Tensor:
    """(N, inputs, H, W) by (36, inputs, outputs) -> (N, outputs, H, W), channels last."""
    count, inputs, height, width = x.shape
    outputs = kernels.shape[2]
    rows, columns = -(-height // 4), -(-width // 4)  # of squares
    padded = F.pad(x.permute(0, 2, 3, 1), (0, 0, 1, 4 * columns - width + 1, 1, 4 * rows - height + 1))
    result = torch.empty((count, outputs, 4 * rows, 4 * columns), memory_format=torch.channels_last)
    squares = result.permute(0, 2, 3, 1).view(count, rows, 4, columns, 4, outputs).permute(2, 4, 0, 1, 3, 5)
    strip = max(1, STRIP_BYTES // (36 * 4 * count * columns * max(inputs, outputs)))
    for first in range(0, rows, strip):
        end = min(first + strip, rows)
        by_row = padded.new_empty((6, count, end - first, padded.shape[2], inputs))
        _transform_input([padded[:, 4 * first + row : 4 * end + row - 3 : 4] for row in range(6)], by_row)
        transformed = padded.new_empty((6, 6, count, end - first, columns, inputs))
        _transform_input([by_row[:, :, :, c : 4 * columns + c - 3 : 4] for c in range(6)], transformed.transpose(0, 1))
        products = torch.bmm(transformed.view(36, -1, inputs), kernels).view(6, 6, count, -1, columns, outputs)
        by_column = products.new_empty((4, 6, *products.shape[2:]))
        _transform_output(products.unbind(1), by_column)
        pixels = squares[:, :, :, first:end]
        _transform_output(by_column.unbind(1), pixels)
        if bias is not None:
            pixels += bias
    if result.shape[2:] == (height, width):
        return result
    # A copy: a view could not be rectified in place.
    return result[:, :, :height, :width].clone(memory_format=torch.channels_last)


# Section 4.3 of the paper: the transforms of the input, B^T, and of the output, A^T, in one dimension, as sums:
# products with matrices as small as these take longer.
def _transform_input(x: Sequence[Tensor], out: Tensor) -> None:
    """Six tensors -> `out` (6, ...), each a sum of them."""
    even, odd = x[4] - x[2], x[3] - x[1]
    torch.add(even, x[0] - x[2], alpha=4, out=out[0])
    torch.add(even, odd, alpha=2, out=out[3])
    torch.add(even, odd, alpha=-2, out=out[4])
    torch.add(x[5] - x[3], odd, alpha=-4, out=out[5])
    torch.add(x[4], x[2], alpha=-4, out=even)
    torch.add(x[3], x[1], alpha=-4, out=odd)
    torch.add(even, odd, out=out[1])
    torch.sub(even, odd, out=out[2])


def _transform_output(x: Sequence[Tensor], out: Tensor) -> None:
    """Six tensors -> `out` (4, ...), each a sum of them."""
    near, far = x[1] + x[2], x[3] + x[4]
    torch.add(near, far, alpha=4, out=out[2])
    torch.add(near.add_(x[0]), far, out=out[0])
    torch.sub(x[1], x[2], out=near)
    torch.sub(x[3], x[4], out=far)
    torch.add(near, far, alpha=2, out=out[1])
    torch.add(near.add_(far, alpha=8), x[5], out=out[3])
