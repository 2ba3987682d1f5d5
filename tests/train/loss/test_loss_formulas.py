"""Tests the terms of tone, calm and flicker against their formulas, window by window."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from nstcam.train.loss.losses import calm_error, relative_flicker_error, tone_error

REC_709 = np.array([0.2126, 0.7152, 0.0722])


def pictures(seed: int, contrast: float, side: int = 48) -> Tensor:
    """(2, 3, side, side), smooth, the second with a tenth of the contrast."""
    coarse = torch.rand(2, 3, 6, 6, generator=torch.Generator().manual_seed(seed)) - 0.5
    smooth = torch.nn.functional.interpolate(coarse, (side, side), mode="bicubic")
    return 0.5 + contrast * smooth * torch.tensor([1.0, 0.1])[:, None, None, None]


def grey(picture: Tensor) -> NDArray[np.float64]:
    """(N, H, W)"""
    return np.tensordot(picture.double().numpy(), REC_709, (1, 0))


def variances(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Of each window that fits, over the last two axes."""
    return np.asarray(np.lib.stride_tricks.sliding_window_view(values, (window, window), (-2, -1)).var((-2, -1)))


@pytest.mark.parametrize("contrast", [1.0, 0.1])
def test_tone_is_the_correlation_of_cells_where_there_is_tone(contrast: float) -> None:
    image, content = pictures(1, 1.0), pictures(2, contrast)
    errors = []
    for a, b in zip(grey(image), grey(content), strict=True):
        a, b = (x.reshape(3, 16, 3, 16).mean((1, 3)).ravel() for x in (a, b))
        likeness = ((a - a.mean()) * (b - b.mean())).mean() / np.sqrt((a.var() + 1e-6) * (b.var() + 1e-6))
        errors.append((1 - likeness) * b.var() / (b.var() + 1e-3))
    assert tone_error(image, content).item() == pytest.approx(np.mean(errors), rel=1e-3)


@pytest.mark.parametrize("contrast", [0.2, 0.02])
def test_calm_is_the_contrast_of_colours_where_the_content_is_even(contrast: float) -> None:
    image, content = pictures(1, 0.3), pictures(2, contrast)
    even = np.exp(-variances(grey(content), 8) / 0.02**2)
    busy = variances(image.double().numpy(), 8).mean(1)
    assert calm_error(image, content).item() == pytest.approx((even * busy).mean() / (8 / 255) ** 2, rel=2e-3)


@pytest.mark.parametrize("contrast", [1.0, 0.1])
def test_flicker_counts_by_the_contrast_around_it(contrast: float) -> None:
    image, again = pictures(1, contrast), pictures(3, contrast)
    difference = (image - again).double().numpy()
    padded = np.pad(image.double().numpy(), ((0, 0), (0, 0), (8, 8), (8, 8)), constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (17, 17), (-2, -1))
    spread = np.nanvar(windows, (-2, -1)).mean(1)
    expected = ((difference**2).mean(1) * 0.012 / (spread + 0.004)).mean()
    assert relative_flicker_error(image, again).item() == pytest.approx(expected, rel=1e-3)
