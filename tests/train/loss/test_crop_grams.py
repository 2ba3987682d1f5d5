"""Tests the Gram matrices that small training crops are compared with."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nstcam.train.loss.crop_grams import FIRST_CROPS, MOST_CROPS, CropGrams, place
from nstcam.train.loss.losses import style_error
from nstcam.train.loss.scales import style_grams
from nstcam.train.loss.vgg import VggFeatures, load_vgg

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def network() -> VggFeatures:
    return load_vgg()


def test_they_are_means_over_crops_with_the_edges_of_crops(network: VggFeatures) -> None:
    painting = np.random.default_rng(0).integers(0, 256, (96, 128, 3), np.uint8)
    found = CropGrams(network, painting, 96, 64, CPU)
    places = [place(number, 32, 64) for number in range(FIRST_CROPS)]
    crops = [style_grams(network, painting[top : top + 64, left : left + 64], 64, CPU) for top, left in places]
    assert found.keys() == crops[0].keys()
    for name, gram in found.items():
        wanted = torch.stack([each[name] for each in crops]).mean(0)
        assert style_error(gram, wanted).item() < 1e-8
    whole = style_grams(network, painting, 96, CPU)
    assert style_error(whole["relu4_3"], found["relu4_3"]).item() > 0.1, "the edges count"


def test_each_call_adds_a_crop_until_there_are_enough(network: VggFeatures) -> None:
    painting = np.random.default_rng(0).integers(0, 256, (40, 64, 3), np.uint8)
    found = CropGrams(network, painting, 40, 32, CPU)
    before = found["relu2_2"]
    found.grow()
    assert found.count == FIRST_CROPS + 1
    assert not torch.equal(found["relu2_2"], before)
    for _ in range(MOST_CROPS):
        found.grow()
    assert found.count == MOST_CROPS


def test_a_painting_no_larger_than_a_crop_is_its_only_one(network: VggFeatures) -> None:
    painting = np.random.default_rng(0).integers(0, 256, (48, 48, 3), np.uint8)
    found = CropGrams(network, painting, 48, 64, CPU)
    assert found.count == 1
    assert all(torch.equal(found[name], gram) for name, gram in style_grams(network, painting, 48, CPU).items())


def test_crops_are_spread_over_the_painting() -> None:
    places = np.array([place(number, 400, 200) for number in range(16)])
    assert places.min(0).min() >= 0
    assert (places.max(0) <= (400, 200)).all()
    quarters = {(top > 200, left > 100) for top, left in places[:7]}
    assert len(quarters) == 4, "the first few see all quarters"
    assert len({(top // 101, left // 51) for top, left in places}) >= 12


def test_crops_are_spread_by_the_plastic_number() -> None:
    """Roberts' R2: multiples of 1/p and 1/p^2, where p^3 = p + 1; the first is in the middle."""
    p = np.roots([1, 0, -1, -1])[0].real
    for number in range(MOST_CROPS):
        down, across = ((0.5 + number / p**power) % 1 for power in (2, 1))
        assert place(number, 1000, 700) == (round(down * 1000), round(across * 700))
    assert place(0, 100, 200) == (50, 100)
    assert place(5, 0, 0) == (0, 0)
