"""Tests the colour terms against their formulas, written out for one picture, cell and direction at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from nstcam.train.loss.colour import palette_error, palette_of, scene_colour_error, tone_slope_error

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def pictures(seed: int, contrast: float = 1.0) -> Tensor:
    """(2, 3, 64, 80) with colours that change from cell to cell, the second picture with half the contrast."""
    generator = torch.Generator().manual_seed(seed)
    cells = torch.rand(2, 3, 4, 5, generator=generator).repeat_interleave(16, 2).repeat_interleave(16, 3) - 0.5
    fine = 0.1 * torch.rand(2, 3, 64, 80, generator=generator)
    return 0.5 + contrast * cells * torch.tensor([1.0, 0.5])[:, None, None, None] + fine


def cells_of(image: Tensor, size: int) -> NDArray[np.float64]:
    """(N, cells, 3) means."""
    n, _, height, width = image.shape
    means = image.double().numpy().reshape(n, 3, height // size, size, width // size, size).mean((3, 5))
    return np.moveaxis(means.reshape(n, 3, -1), 1, 2)


@pytest.mark.parametrize("contrast", [1.0, 0.1])
def test_the_share_that_a_quadratic_regression_leaves(contrast: float) -> None:
    image, content = pictures(1, 0.3), pictures(2, contrast)
    errors = []
    for painted, (r, g, b) in zip(cells_of(image, 16), np.moveaxis(cells_of(content, 16), 2, 1), strict=True):
        basis = np.stack([r**0, r, g, b, r * r, g * g, b * b, r * g, g * b, r * b], 1)
        centred = painted - painted.mean(0)
        weights = np.linalg.solve(basis.T @ basis + 1e-5 * 20 * np.eye(10), basis.T @ centred)
        rest, whole = ((centred - basis @ weights) ** 2).sum(1).mean(), (centred**2).sum(1).mean()
        variety = r.var() + g.var() + b.var()
        errors.append(rest / (whole + 1e-3) * variety / (variety + 3e-3))
    assert scene_colour_error(image, content).item() == pytest.approx(np.mean(errors), rel=1e-3)


@pytest.mark.parametrize("contrast", [1.0, 0.1])
def test_the_slope_of_tones(contrast: float) -> None:
    content = pictures(2, contrast)
    image = 0.3 * content + 0.2 * pictures(1, contrast)
    errors = []
    for a, b in zip(cells_of(image, 16) @ LUMINANCE, cells_of(content, 16) @ LUMINANCE, strict=True):
        slope = ((a - a.mean()) * (b - b.mean())).mean() / (b.var() + 1e-4)
        errors.append(max(0.7 - slope, 0) ** 2 * b.var() / (b.var() + 2e-3))
    assert tone_slope_error(image, content, 0.7).item() == pytest.approx(np.mean(errors), rel=1e-3)


def test_the_palette_of_pixels_and_cells() -> None:
    image = pictures(3)
    opponent = np.array([LUMINANCE, [0.75, -0.75, 0], [0.375, 0.375, -0.75]])
    for size, found in palette_of(image).items():
        colours = cells_of(image, size) if size > 1 else cells_of(image[..., 1::3, 1::3], 1)
        assert np.allclose(found.numpy(), colours.reshape(-1, 3) @ opponent.T, atol=1e-5)


def test_each_colour_goes_to_the_wanted_one_of_its_rank() -> None:
    generator = torch.Generator().manual_seed(4)
    painted, earlier, wanted = (torch.rand(n, 3, generator=generator) for n in (7, 5, 9))
    painted[3] = earlier[2]  # of equal ones, the middle rank counts
    directions = torch.linalg.qr(torch.rand(3, 3, generator=generator))[0]
    errors = []
    for direction in directions.double().T.numpy():
        mine, before, goals = (colours.double().numpy() @ direction for colours in (painted, earlier, wanted))
        goals.sort()
        for value in mine:
            pool = np.r_[mine, before]
            rank = (pool < value - 1e-9).sum() + (pool < value + 1e-9).sum()
            goal = np.interp(rank / (2 * 12) * 9 - 0.5, np.arange(9), goals)
            errors.append((value - goal) ** 2 / (goals.var(ddof=1) + 1e-4))
    assert palette_error(painted, earlier, wanted, directions).item() == pytest.approx(np.mean(errors), rel=1e-4)
