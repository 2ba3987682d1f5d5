"""Tests the order of training crops."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from nstcam.train.content.balanced import balanced
from nstcam.train.content.close_source import CloseSource
from nstcam.train.content.crops import TrainingCrops

CROPS = 120


@pytest.fixture(scope="module")
def crops() -> list[Tensor]:
    made = TrainingCrops(CloseSource(), 64, seed=3, first=0, count=CROPS + 12)
    return [made[number] for number in range(len(made))]


def swing(crops: list[Tensor]) -> float:
    """How far the mean colour of sixteen crops in a row is from that of all, in the mean, 0..1."""
    colours = torch.stack([crop.mean((1, 2)) for crop in crops])
    windows = colours.unfold(0, 16, 1).mean(-1)
    return float((windows - colours.mean(0)).norm(dim=1).mean())


def test_a_few_in_a_row_are_like_all(crops: list[Tensor]) -> None:
    order = list(itertools.islice(balanced(iter(crops), 12), CROPS))
    assert swing(order) < 0.6 * swing(crops[:CROPS])


def test_each_is_given_once_and_as_it_was(crops: list[Tensor]) -> None:
    places = {id(crop): number for number, crop in enumerate(crops)}
    order = [places[id(crop)] for crop in itertools.islice(balanced(iter(crops), 12), CROPS)]
    assert len(set(order)) == CROPS


def test_learning_begins_after_two_crops_and_then_takes_two_at_a_time(crops: list[Tensor]) -> None:
    drawn: list[int] = []
    given = balanced((drawn.append(number) or crop for number, crop in enumerate(crops)), 5)  # type: ignore[func-returns-value]
    counts = []
    for _ in range(6):
        next(given)
        counts.append(len(drawn))
    assert counts == [2, 4, 6, 8, 9, 10]


def test_crops_that_are_all_alike_come_as_they_are() -> None:
    grey = [torch.full((3, 16, 16), 0.5) for _ in range(8)]
    assert all(torch.equal(crop, grey[0]) for crop in itertools.islice(balanced(iter(grey), 3), 5))
