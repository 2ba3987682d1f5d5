"""Tests the choice of the range that represents values best."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nstcam.realtime.palette.eight_bits import Range, best_range


@pytest.mark.parametrize("rectified", [False, True])
def test_no_other_share_of_the_extremes_has_a_lower_error(rectified: bool) -> None:
    rng = np.random.default_rng(0)
    for spread in (0.02, 1.0, 40.0):
        values = (spread * rng.standard_normal(900) ** 3).astype(np.float32)
        if rectified:
            values = np.maximum(values, 0)
        low, high = float(values.min()), float(values.max())
        found = best_range(values, lowers=5, uppers=7)
        for lower, upper in itertools.product(np.linspace(0.35, 1, 5), np.linspace(0.35, 1, 7)):
            scale = float(high * upper - low * lower) / 255
            assert found.error(values) <= Range(scale, round(-low * lower / scale)).error(values) * (1 + 1e-6)
