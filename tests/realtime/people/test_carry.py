"""Tests carrying over what was found, on a texture that moves."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from nstcam.realtime.people.carry import MOST_SHIFTED, Carrier

ROWS, COLUMNS = 72, 128


def scene(right: float, seed: int = 0) -> NDArray[np.uint8]:
    """A smooth texture of that size, moved to the right by so many places."""
    rng = np.random.default_rng(seed)
    texture = cv2.GaussianBlur(rng.uniform(0, 255, (ROWS, 2 * COLUMNS)).astype(np.float32), (0, 0), 4)
    texture = cv2.normalize(texture, None, 0, 255, cv2.NORM_MINMAX)  # type: ignore[call-overload]
    way = np.array([[1, 0, right - COLUMNS // 2], [0, 1, 0]], np.float32)
    return np.asarray(cv2.warpAffine(texture, way, (COLUMNS, ROWS), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def person(right: float) -> NDArray[np.float32]:
    """Likely on the left, up to the middle and so much further, with a soft edge."""
    edge = np.clip((COLUMNS / 2 + right - np.arange(COLUMNS, dtype=np.float32)) / 6 + 0.5, 0, 1)
    return np.ascontiguousarray(np.broadcast_to(edge, (ROWS, COLUMNS)), np.float32)


def test_slow_motion_is_followed() -> None:
    for right in (0.0, 0.5, -0.8):
        carried = Carrier().carried(person(0), scene(0), scene(right))
        assert carried is not None
        off = np.abs(carried - person(right))[8:-8, 8:-8].mean()
        assert off <= 0.3 * np.abs(person(0) - person(right)).mean() + 0.002, right


@pytest.mark.parametrize("right", [1.5, -2.4, MOST_SHIFTED - 0.1])
def test_a_picture_that_moves_as_a_whole_is_followed_further(right: float) -> None:
    carried = Carrier().carried(person(0), scene(0), scene(right))
    assert carried is not None
    assert np.abs(carried - person(right))[:, 8:-8].max() <= 0.05


def test_fast_motion_is_not() -> None:
    assert Carrier().carried(person(0), scene(0), scene(MOST_SHIFTED + 0.5)) is None
    assert Carrier().carried(person(0), scene(0), scene(12)) is None


def test_nor_is_a_person_who_moves_against_the_room() -> None:
    before, now = scene(0), scene(1.5)
    before[:, 40:80], now[:, 40:80] = scene(0, seed=2)[:, 40:80], scene(-1.5, seed=2)[:, 40:80]
    assert Carrier().carried(person(0), before, now) is None


def test_nor_is_anything_that_was_not_there_before() -> None:
    hand, speck = scene(0), scene(0)
    hand[30:36, 60:66] = 255 - hand[30:36, 60:66] // 2
    assert Carrier().carried(person(0), scene(0), hand) is None
    assert Carrier().carried(person(0), scene(0), scene(0, seed=1)) is None, "a cut"
    speck[30:32, 60:62] = 255
    assert Carrier().carried(person(0), scene(0), speck) is not None, "a speck is no hand"


def test_a_camera_s_noise_moves_nothing() -> None:
    rng = np.random.default_rng(1)
    before, now = (np.clip(scene(0) + rng.normal(0, 1, (ROWS, COLUMNS)), 0, 255).astype(np.uint8) for _ in range(2))
    carried = Carrier().carried(person(0), before, now)
    assert carried is not None
    assert np.abs(carried - person(0)).max() < 0.05


def test_pictures_of_another_shape_follow() -> None:
    carrier = Carrier()
    assert carrier.carried(person(0), scene(0), scene(0.5)) is not None
    square = np.ascontiguousarray(scene(0)[:, :72])
    carried = carrier.carried(np.ascontiguousarray(person(0)[:, :72]), square, square)
    assert carried is not None
    assert carried.shape == (72, 72)
