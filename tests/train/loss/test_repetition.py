"""Tests the term against repetition: it tells a lattice of dots from the same dots at random places."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from nstcam.train.loss.repetition import FARTHEST, autocorrelation, repetition_error, usual_repetition

FLAT = torch.full((1, 3, 192, 192), 0.5)


def dots(strewn: float, seed: int = 0, side: int = 192, apart: int = 12) -> Tensor:
    """(1, 3, side, side): dots 12 px apart, each moved by up to `strewn` of that."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:side, 0:side]
    picture = np.full((side, side), 0.4)
    for row in range(0, side, apart):
        for column in range(0, side, apart):
            top, left = np.array([row, column]) + apart * strewn * rng.uniform(-1, 1, 2)
            picture += 0.4 * np.exp(-((rows - top) ** 2 + (columns - left) ** 2) / 8)
    return torch.from_numpy(picture.astype(np.float32)).clamp(0, 1).expand(1, 3, -1, -1)


def test_a_lattice_is_told_from_dots_strewn_at_random() -> None:
    usual = usual_repetition(dots(1.0))
    lattice, strewn = (repetition_error(dots(by, seed=1), FLAT, usual) for by in (0.0, 1.0))
    assert lattice > 0.02
    assert strewn < 0.1 * lattice


def test_the_less_regular_the_less_error() -> None:
    usual = usual_repetition(dots(1.0))
    errors = [repetition_error(dots(by, seed=1), FLAT, usual).item() for by in (0.0, 0.15, 0.3, 0.6)]
    assert errors == sorted(errors, reverse=True)


def test_what_the_painting_or_the_content_repeats_may_repeat() -> None:
    lattice, usual = dots(0.0), usual_repetition(dots(1.0))
    against_nothing = repetition_error(lattice, FLAT, usual)
    assert repetition_error(lattice, FLAT, usual_repetition(lattice)) < 0.02 * against_nothing
    assert repetition_error(lattice, lattice, usual) == 0


@pytest.mark.parametrize("contrast", [0.5, 1.0])
def test_strong_and_faint_dots_repeat_alike(contrast: float) -> None:
    found = autocorrelation(0.5 + contrast * (dots(0.0) - 0.5))[0, 0, FARTHEST, FARTHEST:].tolist()
    assert found[0] == pytest.approx(1, abs=0.05)
    assert found[12] == pytest.approx(found[0], abs=0.1)  # the next dot
    assert found[6] < 0.2  # between two


def test_flat_pictures_have_no_error_and_a_gradient() -> None:
    image = FLAT.clone().requires_grad_()
    error = repetition_error(image, FLAT, usual_repetition(dots(1.0)))
    error.backward()  # type: ignore[no-untyped-call]
    assert error == 0
    assert image.grad is not None
    assert image.grad.isfinite().all()


def test_descending_it_strews_the_dots() -> None:
    usual = usual_repetition(dots(1.0))
    image = (dots(0.0) + 0.1 * dots(1.0)).requires_grad_()
    optimizer = torch.optim.Adam([image], lr=0.02)
    before = repetition_error(image, FLAT, usual).item()
    for _ in range(30):
        optimizer.zero_grad()
        repetition_error(image, FLAT, usual).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert repetition_error(image, FLAT, usual) < 0.2 * before


@pytest.mark.parametrize("side", [32, 64, 128, 272])
def test_crops_and_paintings_of_any_size(side: int) -> None:
    lattice, usual = dots(0.0, side=side), usual_repetition(dots(1.0, side=32))
    error = repetition_error(lattice, torch.full_like(lattice, 0.5), usual)
    assert error.isfinite()
    assert error > 0


def test_rows_and_columns_count_alike() -> None:
    """Each displacement counts once, in whichever direction it lies."""
    columns = torch.sin(torch.arange(192.0) * 2 * torch.pi / 9).mul(0.3).add(0.5).expand(1, 3, 192, 192)
    usual = torch.zeros(2 * FARTHEST + 1, 2 * FARTHEST + 1)
    upright, lying = (repetition_error(image, FLAT, usual).item() for image in (columns, columns.transpose(2, 3)))
    assert upright == pytest.approx(lying, rel=1e-4)
    assert upright > 0.02


def likeness(detail: np.ndarray, down: int, right: int) -> float:
    """A window's likeness to itself, moved by so many pixels, summed product by product."""
    side = len(detail)
    line = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(side) / side)
    taper = np.outer(line, line)
    window = (detail - detail.mean()) * taper

    def moved(values: np.ndarray, down: int, right: int) -> float:
        wide = np.pad(values, 24)
        return float((values * wide[24 + down : 24 + down + side, 24 + right : 24 + right + side]).sum())

    middle = moved(window, 0, 0) + (2 / 255) ** 2 * moved(taper, 0, 0)
    common = moved(taper, down, right) / moved(taper, 0, 0)
    return moved(window, down, right) / middle / max(common, 0.05)


def test_it_is_what_the_sums_of_products_say() -> None:
    rng = np.random.default_rng(0)
    grey = 0.5 + 0.1 * rng.standard_normal((184, 96)).astype(np.float32)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(grey.astype(float), 8, constant_values=np.nan), (17, 17))
    detail = grey - np.nanmean(around, (2, 3))
    image = torch.from_numpy(grey).expand(1, 3, -1, -1)
    found = autocorrelation(image)
    assert found.shape == (1, 2, 49, 49), "windows of 96, 88 apart"
    for down, right in ((0, 0), (0, 1), (1, 0), (-3, 7), (12, -20), (24, 24), (-24, 24), (5, 5)):
        expected = [likeness(detail[top : top + 96], down, right) for top in (0, 88)]
        assert found[0, :, 24 + down, 24 + right].tolist() == pytest.approx(expected, abs=2e-4)

    usual = usual_repetition(image)
    assert torch.allclose(usual, found[0].mean(0) + (found[0][0] - found[0][1]).abs() / 2, atol=1e-6)
    places = [(r, c) for r in range(-24, 25) for c in range(-24, 25) if (r > 0 or (r == 0 and c > 0))]
    counted = [(r + 24, c + 24) for r, c in places if 6 <= np.hypot(r, c) <= 24]
    content, limit = autocorrelation(image.flip(2)), torch.full((49, 49), 0.01)
    excess = [
        max(float(found[0, w, r, c]) - max(float(content[0, w, r, c]), 0.01), 0) ** 2
        for w in (0, 1)
        for r, c in counted
    ]
    assert repetition_error(image, image.flip(2), limit).item() == pytest.approx(np.mean(excess), rel=1e-3)
