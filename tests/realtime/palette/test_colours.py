"""Tests the map from one distribution of colours to another: exact where it may be, bounded where it must be."""

from __future__ import annotations

import numpy as np
import pytest

from nstcam.realtime.palette.colours import (
    LARGEST_GAIN,
    LEAST_CONTRAST,
    ColourMap,
    Colours,
    colours_of,
    map_between,
    with_contrast,
)


def picture(seed: int, spread: float = 30.0, mean: tuple[int, int, int] = (90, 120, 140)) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 1, (80, 90, 3))
    mixing = np.random.default_rng(seed + 1).normal(0, 1, (3, 3)) / 2 + np.eye(3)
    return np.clip(noise @ mixing * spread + mean, 0, 255).astype(np.uint8)


def after(found: ColourMap, colours: Colours) -> Colours:
    matrix = np.asarray(found.matrix)
    return Colours(matrix @ colours.mean + found.offset, matrix @ colours.covariance @ matrix.T)


def test_mean_and_covariance_become_the_paintings() -> None:
    painted = Colours(np.array([90.0, 120.0, 140.0]), np.diag([900.0, 1200.0, 1000.0]) + 900)
    least_change = np.array([[1.2, 0.2, -0.1], [0.2, 0.9, 0.15], [-0.1, 0.15, 0.7]])  # symmetric, gains below 1.5
    wanted = Colours(np.array([160.0, 80.0, 60.0]), least_change @ painted.covariance @ least_change)
    found = map_between(painted, wanted)
    np.testing.assert_allclose(found.matrix, least_change, atol=1e-6)
    reached = after(found, painted)
    np.testing.assert_allclose(reached.mean, wanted.mean, atol=1e-6)
    np.testing.assert_allclose(reached.covariance, wanted.covariance, rtol=1e-6, atol=1e-3)


def test_a_share_of_the_contrast_is_a_share_of_the_deviations_with_the_same_mean() -> None:
    painted, wanted = Colours(np.array([90.0, 120.0, 140.0]), np.diag([3000.0] * 3)), colours_of(picture(5, 40))
    share = after(map_between(painted, wanted, 0.8, 0.8), painted)
    np.testing.assert_allclose(share.covariance, 0.64 * wanted.covariance, rtol=1e-6, atol=1e-3)
    np.testing.assert_allclose(share.mean, wanted.mean, atol=1e-6)


def test_no_direction_of_colour_is_stretched_by_more_than_the_largest_gain() -> None:
    painted, wanted = colours_of(picture(1, 8)), colours_of(picture(5, 60))
    found = map_between(painted, wanted)
    gains = np.linalg.eigvalsh(np.asarray(found.matrix))
    assert gains.max() == pytest.approx(LARGEST_GAIN) == pytest.approx(1.5)
    np.testing.assert_allclose(after(found, painted).mean, wanted.mean, atol=1e-6)


def test_light_and_dark_and_hues_have_shares_of_their_own() -> None:
    painted, wanted = Colours(np.array([90.0, 120.0, 140.0]), np.diag([3000.0] * 3)), colours_of(picture(5, 40))
    found = after(map_between(painted, wanted, 0.5, 0.9), painted)
    grey, hue = np.ones(3) / 3**0.5, np.array([1.0, -1.0, 0.0]) / 2**0.5
    assert grey @ found.covariance @ grey == pytest.approx(0.25 * grey @ wanted.covariance @ grey)
    assert hue @ found.covariance @ hue == pytest.approx(0.81 * hue @ wanted.covariance @ hue)
    assert grey @ found.covariance @ hue == pytest.approx(0.45 * grey @ wanted.covariance @ hue)


def test_a_grey_painting_makes_greys_with_its_contrast() -> None:
    grey = np.repeat(np.random.default_rng(0).integers(20, 220, (64, 64, 1), np.uint8), 3, axis=2)
    painted = colours_of(picture(1))
    reached = after(map_between(painted, colours_of(grey)), painted)
    chroma = np.array([1.0, -1.0, 0.0])
    assert chroma @ reached.covariance @ chroma < 1
    assert 24 < np.sqrt(reached.covariance[0, 0]) <= grey.std()  # as far as the largest gain allows


def test_an_even_painting_leaves_enough_contrast_to_see_the_scene() -> None:
    even = np.full((64, 64, 3), (40, 60, 200), np.uint8)
    painted = colours_of(picture(1))
    reached = after(map_between(painted, colours_of(even)), painted)
    np.testing.assert_allclose(reached.mean, (40, 60, 200), atol=1e-6)
    assert np.sqrt(reached.covariance.mean()) == pytest.approx(LEAST_CONTRAST, rel=0.01)


@pytest.mark.parametrize(("level", "reached"), [(0, 24), (20, 24), (24, 24), (128, 128), (231, 231), (255, 231)])
def test_an_even_black_or_white_painting_leaves_room_for_that_contrast(level: int, reached: int) -> None:
    painted = colours_of(picture(1))
    even = colours_of(np.full((64, 64, 3), level, np.uint8))
    np.testing.assert_allclose(after(map_between(painted, even), painted).mean, reached, atol=1e-6)


def test_a_dark_painting_with_contrast_stays_as_dark_as_it_is() -> None:
    painted, dark = colours_of(picture(1)), colours_of(picture(5, 60, (10, 12, 14)))
    np.testing.assert_allclose(after(map_between(painted, dark), painted).mean, dark.mean, atol=1e-6)


@pytest.mark.parametrize(("variance", "added"), [(0, 576), (100, 476), (575, 1), (576, 0), (900, 0)])
def test_grey_is_added_up_to_a_deviation_of_24_levels(variance: float, added: float) -> None:
    for chroma in (np.zeros((3, 3)), np.diag([9.0, 9, 0]) - np.array([[0, 9, 0], [9, 0, 0], [0, 0, 0.0]])):
        found = with_contrast(np.full((3, 3), float(variance)) + chroma)
        np.testing.assert_allclose(found, variance + added + chroma, atol=1e-9)


def test_a_style_that_paints_one_colour_only_is_not_stretched_beyond_the_largest_gain() -> None:
    painted = Colours(np.full(3, 100.0), np.zeros((3, 3)))
    found = map_between(painted, colours_of(picture(5)))
    assert np.isfinite(np.asarray(found.matrix)).all()
    assert np.linalg.eigvalsh(np.asarray(found.matrix)).max() <= LARGEST_GAIN + 1e-9
