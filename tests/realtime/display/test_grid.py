"""Tests the grid of nine styles."""

from __future__ import annotations

import numpy as np
import pytest

from nstcam.realtime.display.grid import PLACES, draw_grid, place_at, tile_hw
from nstcam.realtime.display.window import Pointer
from tests.support.fakes import frame_of

NAMES = [f"s{number}" for number in range(1, PLACES + 1)]


def test_pictures_stand_in_rows_of_three_and_the_chosen_one_has_an_edge() -> None:
    tiles = [frame_of(20 + 20 * place, 30, 50) for place in range(PLACES + 1)]
    grid = draw_grid(tiles, NAMES, (300, 390), current=5)
    assert grid.shape == (300, 390, 3)
    for place in range(PLACES):
        row, column = divmod(place, 3)
        cell = grid[100 * row : 100 * row + 100, 130 * column : 130 * column + 130]
        assert (cell[50:90, 10:120] == 20 + 20 * place).all()
        assert (cell[1, 10:120].max() == 255) == (place == 5)
        assert cell[:30, :60].max() > 200, "its name"


def test_what_is_not_open_yet_is_black_with_its_name() -> None:
    grid = draw_grid([None, frame_of(90)], NAMES, (300, 390), current=1)
    assert (grid[40:100, :130] == 0).all()
    assert grid[:30, :130].max() > 200
    assert (grid[100:] == 0).all()


def test_tiles_are_a_third_of_the_frame() -> None:
    assert tile_hw(frame_of(0, 301, 392)) == (100, 130)


@pytest.mark.parametrize(
    ("x", "y", "place"), [(0, 0, 0), (0.34, 0, 1), (0.99, 0.3, 2), (0.5, 0.5, 4), (1, 1, 8), (-2, 0.4, 3), (3, 0.7, 8)]
)
def test_the_mouse_points_at_a_place(x: float, y: float, place: int) -> None:
    assert place_at(Pointer(x, y)) == place
    assert np.isscalar(place)
