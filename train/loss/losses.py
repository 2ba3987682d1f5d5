"""Perceptual losses as pure functions. All are means over the batch and free of the picture's size.

Feature maps are (N, C, H, W); Gram matrices (N, C, C) or (1, C, C), float32.
"""

from __future__ import annotations

import functools
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional as F

CONTENT_LAYER: Final = "relu3_3"
STYLE_WEIGHTS: Final[dict[str, float]] = {"relu1_2": 3.0, "relu2_2": 6.0, "relu3_3": 4.0, "relu4_3": 1.0}
"""Weights of the relative Gram errors. Unnormalised, relu4_3 would weigh 1e-4 of the others and large forms be lost."""
_FEW_CHANNELS: Final = 16
"""Features of fewer channels have their products over positions summed in float64.

For such narrow results MKL has kernels of their own that add up positions in one chain, on processors where it takes
its code for AVX2: 30,450 positions of 4 or 8 channels are 2e-6 to 9e-6 off, those of 12 and more 5e-7. A relative Gram
error of 0.003 magnifies that 37 times. The VGG networks have 64 channels and more.
"""


def gram_matrix(features: Tensor) -> Tensor:
    """Uncentred channel covariance F F^T / (C H W), (N, C, C); Johnson et al. 2016, eq. 3.

    float32 whatever the features are. The products are made in bfloat16 where the features are, which costs 0.2 %
    (Frobenius); those of float16 would overflow: activations of the Caffe weights reach 1e4.
    """
    _, c, h, w = features.shape
    if features.dtype != torch.bfloat16:
        features = features.float()
    covariance: Tensor = _Covariance.apply(features.permute(0, 2, 3, 1).flatten(1, 2))  # type: ignore[no-untyped-call]
    return covariance / (c * h * w)


class _Covariance(torch.autograd.Function):
    """X^T X of (N, H W, C). Autograd's own gradient is two products and their sum, in an order that is slow to add."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        wide = x.double() if x.shape[2] < _FEW_CHANNELS else x
        return torch.bmm(wide.mT, wide).float()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return torch.bmm(x, (gradient + gradient.mT).to(x.dtype))


def style_error(gram: Tensor, target: Tensor) -> Tensor:
    """Relative Gram error |G - T|^2 / |T|^2 (Frobenius), mean over the batch: 0 equal, about 1 unrelated."""
    error = (gram - target).square().sum((1, 2)) / target.square().sum((1, 2))
    return error.mean()


def raw_style_error(gram: Tensor, target: Tensor) -> Tensor:
    """Mean squared difference of the Gram matrices, over the batch too: as published, in units of features^4.

    As computed by the authors of Johnson et al. 2016 (their eq. 4 is the sum, C^2 times as much). With Gram matrices
    of Gatys et al. 2016, C times these, it is C^2 times as much; their E_l is a quarter of that.
    """
    return (gram - target).square().mean()


def wasserstein_error(mean: Tensor, gram: Tensor, target_mean: Tensor, target_gram: Tensor) -> Tensor:
    """Squared 2-Wasserstein distance of the Gaussians with the features' means and covariances, mean over the batch.

    |m - m_t|^2 + tr(S + S_t - 2 (S_t^1/2 S S_t^1/2)^1/2), over its value for an all-zero picture, which is the mean
    square of the target's features: 0 equal, 1 as far as nothing at all (Frechet distance, Dowson and Landau 1982;
    as a style loss Mroueh 2019). Of second order in the features, Gram errors are of fourth: faint textures count.

    Args:
        mean: (N, C), over positions.
        gram: (N, C, C), of `gram_matrix`.
        target_mean: (1, C).
        target_gram: (1, C, C).
    """
    channels = mean.shape[1]
    root = _square_root(_covariance(target_mean, target_gram))
    covariance = _covariance(mean, gram)
    # The trace needs eigenvalues only, whose gradient is stable where two of them meet; that of a root would not be.
    squared: Tensor = torch.linalg.eigvalsh(root @ covariance @ root)
    nothing = channels * _trace(target_gram)
    smallest = 1e-14 * nothing.square()  # for directions that are flat in one of them: sqrt is infinitely steep at 0
    overlap = torch.sqrt(squared.clamp_min(0) + smallest[:, None]).sum(1)
    distance = channels * _trace(gram) + nothing - 2 * (mean * target_mean).sum(1) - 2 * overlap
    return (distance / nothing).mean().to(mean.dtype)


def _covariance(mean: Tensor, gram: Tensor) -> Tensor:
    """float64: 512 channels whose variances span ten decades."""
    mean, gram = mean.double(), gram.double()
    return gram * mean.shape[1] - mean[:, :, None] * mean[:, None, :]


def _square_root(matrix: Tensor) -> Tensor:
    values: Tensor
    vectors: Tensor
    values, vectors = torch.linalg.eigh(matrix)
    return (vectors * values.clamp_min(0).sqrt()[:, None, :]) @ vectors.transpose(1, 2)


def _trace(matrices: Tensor) -> Tensor:
    return matrices.diagonal(dim1=1, dim2=2).double().sum(1)


def content_error(features: Tensor, target: Tensor, mean_square: float) -> Tensor:
    """Squared feature distance (Johnson et al. 2016, eq. 2) over the data set's mean squared feature.

    A constant of the loss network, not of each picture: dividing by a flat wall's own features would blow up.
    """
    return (features.float() - target.float()).square().mean() / mean_square


def range_penalty(image: Tensor) -> Tensor:
    """Mean squared distance of pixels from 0..1: keeps the linear output where a screen can show it."""
    return (image - image.clamp(0, 1)).square().mean()


def total_variation(image: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels, rows plus columns (anisotropic, as Johnson et al. 2016)."""
    rows = (image[..., 1:, :] - image[..., :-1, :]).square().mean()
    columns = (image[..., :, 1:] - image[..., :, :-1]).square().mean()
    return rows + columns


def tone_error(image: Tensor, content: Tensor, cell: int = 16) -> Tensor:
    """1 - correlation of the luminance, averaged over cells of `cell` pixels, of two (N, 3, H, W) RGB images.

    Light stays light and dark stays dark, while the style remains free to choose how light and how dark: 0 for any
    brighter, darker or flatter version of the content, 1 for unrelated, 2 for its negative. Flat content counts 0.
    """
    a, b = (cell_luminance(x, cell) for x in (image, content))
    a, b = a - a.mean(1, keepdim=True), b - b.mean(1, keepdim=True)
    floor = 1e-3  # variance of cells below which there is no tone to keep (3 % of full scale, deviation)
    variance_a, variance_b = a.square().mean(1), b.square().mean(1)
    correlation = (a * b).mean(1) / ((variance_a + 1e-6).sqrt() * (variance_b + 1e-6).sqrt())
    return ((1 - correlation) * (variance_b / (variance_b + floor))).mean()


def calm_error(image: Tensor, content: Tensor, window: int = 8) -> Tensor:
    """Local contrast of the output where the content has none, in windows of `window` pixels.

    The unit is the variance of a deviation of 8 levels of 255, which shows as texture. Of each colour for itself: a
    network that is watched in brightness only hides its dots in blue on orange of the same brightness.
    For prints and drawings, whose paper is bare: without it a style spreads over a bare wall, as rows of dots.
    Content counts by exp(-variance / flat), 1 on an even surface, near 0 on anything with edges.
    """
    flat = 0.02**2  # 5 levels of 255: sensor noise and soft shading still count as flat
    even = torch.exp(-_local_variance(luminance(content), window) / flat)
    return (even * _local_variance(image, window)).mean() / (8 / 255) ** 2


def _local_variance(image: Tensor, window: int) -> Tensor:
    """(N, C, H, W) -> (N, 1, ...), mean over the channels."""
    mean = _local_mean(image, window)
    return (_local_mean(image.square(), window) - mean.square()).clamp(min=0).mean(1, keepdim=True)


def _local_mean(image: Tensor, window: int) -> Tensor:
    """Over windows of a power of two, at every place where one fits: sums of sums, where pooling adds all anew."""
    for axis in (2, 3):
        size = 1
        while size < window:
            length = image.shape[axis] - size
            image = image.narrow(axis, 0, length) + image.narrow(axis, size, length)
            size *= 2
    return image / window**2


def cell_luminance(image: Tensor, cell: int) -> Tensor:
    """(N, 3, H, W) RGB -> (N, cells): means over squares of `cell` pixels."""
    return F.avg_pool2d(luminance(image), cell).flatten(1)


def luminance(image: Tensor) -> Tensor:
    """(N, 3, H, W) RGB -> (N, 1, H, W), Rec. 709 weights."""
    return (image * _luminance_weights(image.device, image.dtype)).sum(1, keepdim=True)


@functools.cache
def _luminance_weights(device: torch.device, dtype: torch.dtype) -> Tensor:
    """Kept: a GPU would wait for them each time."""
    return torch.tensor([0.2126, 0.7152, 0.0722], device=device, dtype=dtype).view(1, 3, 1, 1)


UNSEEN: Final = (2 / 255) ** 2
"""Squared differences that hardly count: of two levels."""


def lattice_error(image: Tensor, cell: int = 4, window: int = 16) -> Tensor:
    """How unevenly fine detail falls on the `cell` x `cell` places within the cells that a network paints in.

    Squared first and second differences along either axis, as a share of those of their window of `window` pixels, so
    that quiet parts count as much as busy ones; their mean at each place of a cell, and the variance of these over the
    places, added up. 0 where no place of the grid is special, as in photographs and paintings; Gram matrices, which do
    not know where a feature lies, leave it free.
    """
    errors = []
    for axis in (2, 3):
        for order in (1, 2):
            change = torch.diff(image, n=order, dim=axis).square().mean(1)
            by_place = cells_of_windows(change, cell, window).mean((2, 5))  # (N, rows, cell, columns, cell)
            share = by_place / (by_place.mean((2, 4), keepdim=True) + UNSEEN)
            errors.append(share.mean((1, 3)).var((1, 2), correction=0).mean())
    return torch.stack(errors).sum()


def weave_error(image: Tensor, cell: int = 4, window: int = 32) -> Tensor:
    """How much of an image's fine detail is the same in all `cell` x `cell` cells: a chequerboard, or a weave.

    `lattice_error` does not see a chequerboard, whose steps are as large at every place. Here second differences keep
    their signs; their means at each place of a cell, over a window of `window` pixels, are squared, as a share of all
    squared differences there, and added up over both axes. 0 for smooth shades, 2 for nothing but a weave; what has no
    grid has 1 over the cells in a window on each axis, 0.03.

    Args:
        image: (N, 3, H, W) in 0..1. Smaller ones than a window have smaller windows.
    """
    window = min(window, *((length - 2) // cell * cell for length in image.shape[2:]))
    errors = []
    for axis in (2, 3):
        cells = cells_of_windows(torch.diff(image, n=2, dim=axis), cell, window)
        alike = cells.mean((3, 6)).square().mean((3, 5))  # (N, 3, rows, columns)
        errors.append((alike / (cells.square().mean((3, 4, 6, 7)) + UNSEEN)).mean())
    return torch.stack(errors).sum()


def cells_of_windows(values: Tensor, cell: int, window: int) -> Tensor:
    """(..., H, W) -> (..., rows, window // cell, cell, columns, window // cell, cell): as many whole windows as fit."""
    rows, columns = (length // window for length in values.shape[-2:])
    whole = values[..., : rows * window, : columns * window]
    return whole.reshape(*values.shape[:-2], rows, window // cell, cell, columns, window // cell, cell)


def relative_flicker_error(stylized: Tensor, stylized_again: Tensor) -> Tensor:
    """Squared difference of two outputs that should be equal, relative to the local contrast of `stylized`.

    The outputs are of frames that differ only by noise (Rainy and de Berker 2017) or by a known motion, which has been
    undone (fit/shake.py). Dividing by the contrast keeps the network from painting flat pictures to flicker less.

    Args:
        stylized, stylized_again: (N, 3, H, W) in 0..1. The contrast is the variance in windows of 17 px; where it is
            0.008 (a deviation of 23 levels of 255), as in lively strokes, the error is the mean squared difference.
    """
    difference = (stylized - stylized_again).square().mean(1, keepdim=True)
    with torch.no_grad():
        mean, square = (mean_around(x) for x in (stylized, stylized.square()))
        variance = (square - mean.square()).clamp_min(0).mean(1, keepdim=True)
    return (difference * 0.012 / (variance + 0.004)).mean()


def mean_around(image: Tensor, side: int = 17) -> Tensor:
    """Means over windows around each pixel, as far as they lie in the image: first down, then across."""
    reach = side // 2
    down = F.avg_pool2d(image, (side, 1), 1, (reach, 0), count_include_pad=False)
    return F.avg_pool2d(down, (1, side), 1, (0, reach), count_include_pad=False)
