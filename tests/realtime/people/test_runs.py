"""Tests picking runs of pixels out of pictures whose number of pixels is a multiple of eight, of two, and odd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nstcam.realtime.people import runs
from nstcam.realtime.people.layers import before
from nstcam.realtime.people.masks import blended

SIZES = [((4, 16), 8), ((3, 6), 2), ((3, 5), 1)]


@pytest.mark.parametrize(("hw", "length"), SIZES)
def test_only_runs_with_an_edge_are_mixed(hw: tuple[int, int], length: int) -> None:
    mask = np.zeros(hw, np.uint8)
    mask[1:] = 255
    assert runs.run_length(mask.size) == length
    assert not len(runs.mixed(np.full(hw, 255, np.uint8)))
    mask[0, 0], mask[-1, -1] = 1, 254
    found = runs.mixed(mask)
    assert found[0] == 0
    assert found[-1] == mask.size // length - 1
    assert len(found) == 2 + (hw[1] % length > 0)


@pytest.mark.parametrize(("hw", "length"), SIZES)
@pytest.mark.parametrize("channels", [(), (3,)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_what_is_picked_can_be_put_back(
    hw: tuple[int, int], length: int, channels: tuple[int, ...], dtype: type[np.uint8 | np.uint16]
) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*hw, *channels)).astype(dtype)
    some = np.array([0, picture[..., 0].size // length - 1 if channels else picture.size // length - 1])
    values = runs.picked(picture, some, length)
    assert (values[-1] == picture.reshape(-1)[-values.shape[1] :]).all()
    out = np.zeros_like(picture)
    runs.put(out, some, values)
    assert (runs.picked(out, some, length) == values).all()
    assert np.count_nonzero(out) <= values.size


@pytest.mark.parametrize(("hw", "length"), SIZES)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_people_and_background_are_mixed_as_pixel_by_pixel(
    hw: tuple[int, int], length: int, dtype: type[np.uint8 | np.uint16]
) -> None:
    rng, most = np.random.default_rng(length), np.iinfo(dtype).max
    far: Any
    near: Any
    far, near = (np.asarray(rng.integers(0, most, (*hw, 3), endpoint=True), dtype) for _ in range(2))
    mask = rng.choice(np.array([0, 1, 128, 255], np.uint8), hw)
    exact = far + (near.astype(float) - far) * mask[..., None] / 255
    assert np.abs(before(far, near, mask).astype(float) - exact).max() <= 0.5 + 1e-7 * most


@pytest.mark.parametrize(("hw", "length"), SIZES)
def test_masks_are_blended_as_pixel_by_pixel(hw: tuple[int, int], length: int) -> None:
    rng = np.random.default_rng(length)
    old, new = (rng.integers(0, 256, hw).astype(np.uint8) for _ in range(2))
    new[0] = old[0]
    share = round(255 * 0.3)
    exact = old + np.trunc((new.astype(int) - old) * share / 255)
    assert (blended(old, new, np.full((2, 2), 0.3, np.float32)) == exact).all()
