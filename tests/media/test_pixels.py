"""Tests 16 bits in 8, and the sizes that headers state."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nstcam.media.pixels import (
    TURNS,
    Picture,
    as_8_bits,
    as_8_bits_on_white,
    full_range,
    on_black,
    on_colour,
    unmultiplied,
)
from nstcam.media.stated_size import stated_size


def test_16_bits_are_rounded_to_8_and_white_stays_white() -> None:
    levels = np.array([[0, 128, 129, 257, 385, 386, 65535 - 129, 65535 - 128, 65535]], np.uint16)
    assert as_8_bits(levels).tolist() == [[0, 0, 1, 1, 1, 2, 254, 255, 255]]
    assert as_8_bits(np.array([[0, 255]], np.uint8)).tolist() == [[0, 255]]


@pytest.mark.parametrize("marker", range(0xC0, 0xD0))
def test_every_kind_of_jpeg_states_its_size(marker: int) -> None:
    """SOF0 to SOF15; DHT, JPG and DAC lie among them and hold something else."""
    segment = bytes([0xFF, marker, 0, 17, 8, 0x12, 0x34, 0x56, 0x78, 3]) + bytes(9)
    data = b"\xff\xd8\xff\xe0\0\4ab" + segment
    assert stated_size(data) == (None if marker in (0xC4, 0xC8, 0xCC) else (0x5678, 0x1234))


def test_what_is_stored_first_for_each_orientation_of_exif() -> None:
    """TIFF 6.0, tag 274: where row 0 and column 0 of the stored picture are seen."""
    stored = np.arange(6).reshape(2, 3)  # 0 1 2 / 3 4 5
    seen = [turn(stored).tolist() for turn in TURNS]
    assert seen == [
        [[0, 1, 2], [3, 4, 5]], [[2, 1, 0], [5, 4, 3]], [[5, 4, 3], [2, 1, 0]], [[3, 4, 5], [0, 1, 2]],
        [[0, 3], [1, 4], [2, 5]], [[3, 0], [4, 1], [5, 2]], [[5, 2], [4, 1], [3, 0]], [[2, 5], [1, 4], [0, 3]],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "most"), [(np.uint8, 1), (np.uint8, 31), (np.uint8, 254), (np.uint16, 1023), (np.uint16, 65534)]
)
def test_levels_are_spread_over_the_whole_range_and_rounded(kind: type, most: int) -> None:
    levels: NDArray[Any] = np.arange(min(most + 2, 2000)).astype(kind)
    white = np.iinfo(kind).max
    expected = np.floor(np.minimum(levels.astype(float), most) * white / most + 0.5)
    assert np.array_equal(full_range(levels, most), expected)
    assert full_range(levels, most)[:2].tolist() == [0, round(white / most)]
    assert full_range(levels, white) is levels


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_what_is_seen_before_a_wall_of_a_colour(kind: type) -> None:
    white = np.iinfo(kind).max
    rng = np.random.default_rng(0)
    colours, alpha = rng.integers(0, white, (32, 40, 3), kind), rng.integers(0, white, (32, 40), kind)
    share = alpha[..., None] / white
    for bgr in ((0, 0, 0), (10, 200, 255)):
        seen = colours * share + np.array(bgr) * (white // 255) * (1 - share)
        assert np.abs(on_colour(colours, alpha, bgr) - seen).max() <= 1
    assert np.array_equal(on_colour(colours, alpha, (0, 0, 0)), on_black(colours, alpha))
    alpha[0] = 0
    stored: NDArray[Any] = np.round(colours * (alpha[..., None] / white)).astype(kind)
    back = unmultiplied(stored, alpha)
    expected = np.where(
        alpha[..., None] > 0, np.minimum(stored * (white / np.maximum(alpha, 1)[..., None]), white), stored
    )
    assert np.abs(back - expected).max() <= 1


def test_what_is_seen_on_white_paper() -> None:
    colours: NDArray[Any] = np.array([[(10, 20, 30)] * 3], np.uint8)
    alpha: NDArray[Any] = np.array([[0, 51, 255]], np.uint8)
    for more in (1, 257):  # 8 and 16 bits
        kind: Any = np.uint8 if more == 1 else np.uint16
        whole, clear = ((levels.astype(int) * more).astype(kind) for levels in (colours, alpha))
        seen = as_8_bits_on_white(Picture(whole, clear, None))
        assert seen.tolist() == [[[255] * 3, [206, 208, 210], [10, 20, 30]]]
        assert as_8_bits_on_white(Picture(whole, None, None)).tolist() == colours.tolist()
