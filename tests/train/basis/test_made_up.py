"""Tests of the pictures that are made up of photographs."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from nstcam.train.basis.brush import Hand, smooth_noise, strokes
from nstcam.train.basis.made_up import NUMBERS, flat_areas, made_up, tiles
from nstcam.train.picture import Picture, write_picture

STROKES, TILES, FLAT_AREAS, RECOLOURED, PHOTOGRAPH = 0, 5, 7, 8, 9


def scene(height: int = 90, width: int = 120) -> Picture:
    """A light disc before a dark ground."""
    picture = np.full((height, width, 3), (40, 60, 50), np.uint8)
    cv2.circle(picture, (width // 2, height // 2), height // 3, (210, 180, 230), -1)
    return picture


@pytest.fixture
def photographs(tmp_path: Path) -> list[Path]:
    for number in range(2):
        write_picture(tmp_path / f"{number}.png", scene()[:, :: 1 - 2 * number])
    return sorted(tmp_path.iterdir())


@pytest.mark.parametrize("number", [STROKES, TILES, FLAT_AREAS, RECOLOURED, PHOTOGRAPH])
def test_a_number_is_always_the_same_picture(photographs: list[Path], number: int) -> None:
    picture = made_up(number, photographs)
    assert picture.dtype == np.uint8
    assert 379 <= min(picture.shape[:2]) <= 560
    assert picture.shape[1] / picture.shape[0] == pytest.approx(4 / 3, abs=0.01)
    assert np.array_equal(made_up(number, photographs), picture)
    assert not np.array_equal(made_up(number + 10, photographs), picture)


def test_the_last_of_ten_is_the_photograph_in_its_colours(photographs: list[Path]) -> None:
    picture = made_up(PHOTOGRAPH, photographs)
    assert picture[5, 5].tolist() == [40, 60, 50]
    assert picture[picture.shape[0] // 2, picture.shape[1] // 2].tolist() == [210, 180, 230]
    other = made_up(RECOLOURED, photographs)
    assert np.abs(other[5, 5].astype(int) - [40, 60, 50]).max() > 3


def test_all_that_are_learnt_can_be_made_and_none_twice() -> None:
    assert list(NUMBERS) == sorted(set(NUMBERS))
    assert {number % 10 for number in NUMBERS} >= {STROKES, TILES, FLAT_AREAS, PHOTOGRAPH}


def test_strokes_show_the_scene_and_are_not_the_scene() -> None:
    picture = scene()
    for seed in range(6):
        painted = strokes(picture, np.random.default_rng(seed))
        inside, outside = painted[35:55, 50:70].mean(), np.concatenate([painted[:10], painted[-10:]]).mean()
        assert inside > outside + 40
        assert np.abs(painted - picture).mean() > 2


def test_hands_differ() -> None:
    hands = [Hand.draw(np.random.default_rng(seed)) for seed in range(40)]
    assert {hand.flow for hand in hands} == {"edges", "field", "one", "none"}
    assert {len(hand.radii) for hand in hands} == {1, 2, 3}
    assert {hand.outlined for hand in hands} == {True, False}
    assert all(list(hand.radii) == sorted(hand.radii, reverse=True) for hand in hands)


def test_tiles_are_even() -> None:
    picture = scene()
    for seed in range(20):
        painted = tiles(picture, np.random.default_rng(seed))
        assert painted[30:60, 45:75].mean() > painted[:10].mean()
    plain = min((tiles(picture, np.random.default_rng(seed)) for seed in range(20)), key=edges)
    assert edges(plain) < 0.5, "most pixels are as the one beside them"


def edges(painted: np.ndarray) -> float:
    return float((np.abs(np.diff(painted, axis=1)).max(2) > 1).mean())


def test_a_print_has_few_levels() -> None:
    picture = scene()
    for seed in range(8):
        painted = flat_areas(picture, np.random.default_rng(seed))
        # Up to 7 levels of a colour, each of them with outlines and in the shade too.
        assert len(np.unique(painted[..., 0].round(3))) <= 7 * 4


def test_smooth_noise_has_a_deviation_of_one_and_varies_slowly() -> None:
    noise = smooth_noise(np.random.default_rng(0), (200, 200), 15)
    assert noise.std() == pytest.approx(1, abs=1e-3)
    assert np.abs(np.diff(noise, axis=1)).max() < 0.3
