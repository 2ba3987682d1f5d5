"""Tests the scales of 8-bit values: what clips, what is finest, and on which pictures they are measured."""

from __future__ import annotations

import numpy as np
import pytest

from nstcam.export.convert.ranges import EDGES, best_range, calibration_pictures
from nstcam.realtime.palette.eight_bits import Range


def test_bytes_are_the_nearest_and_clip() -> None:
    values = np.array([-9, -1.0, -0.76, -0.74, 0, 0.6, 100], np.float32)
    assert Range(0.5, 2).to_bytes(values).tolist() == [0, 0, 0, 1, 2, 3, 202]
    assert Range(0.25, 2).to_bytes(values).tolist() == [0, 0, 0, 0, 2, 4, 255]
    assert Range(0.5, 2).error(np.array([0.1, 0.3, -2], np.float32)) == pytest.approx((0.01 + 0.04 + 1) / 3)


def test_the_best_of_all_candidates_is_taken() -> None:
    rng = np.random.default_rng(0)
    for values in (
        rng.normal(0, 1, 3000),
        rng.laplace(0.5, 1, 3000),
        np.abs(rng.laplace(0, 1, 3000)),
        rng.uniform(-1, 1, 3000),
    ):
        floats = values.astype(np.float32)
        found = best_range(floats)
        low, high = min(floats.min(), 0), floats.max()
        lowers = np.linspace(0.35, 1, 14) if low < 0 else [0]
        errors = []
        for lower in lowers:
            for upper in np.linspace(0.35, 1, 27):
                scale = (high * upper - low * lower) / 255
                errors.append(Range(scale, round(-low * lower / scale)).error(floats))
        assert found.error(floats) == pytest.approx(min(errors), rel=1e-6)
    uniform = best_range(np.linspace(-1, 1, 999, dtype=np.float32))
    assert uniform.scale * 255 == pytest.approx(2), "nothing rare to clip"
    assert uniform.zero == 128


def test_values_without_a_negative_have_their_zero_at_0_and_none_at_all_have_a_scale() -> None:
    found = best_range(np.linspace(0, 3, 99, dtype=np.float32))
    assert found.scale == pytest.approx(3 / 255)
    assert found.zero == 0
    assert best_range(np.zeros(5, np.float32)).scale > 0
    assert (EDGES["frame"], EDGES["levels"]) == (Range(1.0, 128), Range(1.0, 0))


def test_photographs_also_dark_bright_and_with_noise() -> None:
    pictures = calibration_pictures()
    photos, dark, bright, noisy = pictures[:9], pictures[9:12], pictures[12:15], pictures[15:]
    assert [min(photo.shape[:2]) for photo in photos] == [256] * 9
    for photo, changed in zip(photos, [*dark, *bright], strict=False):
        levels = photo.astype(float)
        expected = levels * 0.3 if any(changed is d for d in dark) else 255 - (255 - levels) * 0.4
        assert np.abs(changed - expected).max() < 1
    for photo, changed in zip(photos[6:], noisy, strict=True):
        inner = (photo > 60) & (photo < 195)
        assert (changed.astype(float) - photo)[inner].std() == pytest.approx(12, rel=0.03)
    assert all(np.array_equal(a, b) for a, b in zip(pictures, calibration_pictures(), strict=True))
