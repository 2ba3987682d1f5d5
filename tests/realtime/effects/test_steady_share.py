"""Tests how much of a new frame steadiness takes in each place, against the rule written out cell by cell."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from nstcam.realtime.effects.steady import Steady, cell_means

CELLS = 40


def around(values: NDArray[np.float64], side: int, row: int, column: int) -> NDArray[np.float64]:
    reach = side // 2
    return values[max(row - reach, 0) : row + reach + 1, max(column - reach, 0) : column + reach + 1]


def each(values: NDArray[np.float64], side: int, largest: bool) -> NDArray[np.float64]:
    """The largest, or the mean, of the square around each cell; what is changed lies far from the edges."""
    squares = [[around(values, side, row, column) for column in range(CELLS)] for row in range(CELLS)]
    return np.array([[square.max() if largest else square.mean() for square in row] for row in squares])


def rule(changes: NDArray[np.float64], amount: float) -> NDArray[np.float64]:
    """Changes of up to 5 levels are still, from 10 on all moves. A moving cell takes those beside it along; where more
    than a fifth of nine cells move, up to two fifths, there is a thing, and 11x11 cells around it go along, softly."""
    moving = np.clip((changes - 5) / 5, 0, 1)
    things = np.clip((each(moving, 3, largest=False) - 0.2) / 0.2, 0, 1)
    far = each(each(things, 11, largest=True), 5, largest=False)
    return 1 - amount + amount * np.maximum(each(moving, 3, largest=True), far)


@pytest.mark.parametrize("amount", [0.5, 0.8, 1.0])
@pytest.mark.parametrize("channel", [0, 1, 2])
@pytest.mark.parametrize(
    ("height", "width", "levels"), [(1, 1, 5), (1, 1, 8), (1, 1, 100), (2, 1, 100), (2, 2, 8), (3, 2, 7), (5, 4, 11)]
)
def test_the_share_that_each_cell_takes_is_that_of_the_rule(
    height: int, width: int, levels: int, channel: int, amount: float
) -> None:
    changes = np.zeros((CELLS, CELLS))
    changes[18 : 18 + height, 20 : 20 + width] = levels
    before = np.full((4 * CELLS, 4 * CELLS, 3), 120, np.uint8)
    after = before.copy()
    after[..., channel] -= changes.repeat(4, 0).repeat(4, 1).astype(np.uint8)
    steady = Steady()
    assert steady.shown is None
    for source, level in ((before, 0), (after, 255)):  # a painting of one pixel for each cell shows the share
        shown = steady.smooth(source, np.full((CELLS, CELLS, 3), level, np.uint8), amount)
    assert steady.shown is shown
    share = rule(changes, min(amount, 0.95))
    np.testing.assert_allclose(shown, 255 * share[:, :, None].repeat(3, 2), atol=1.1)
    shown = steady.smooth(after, np.zeros_like(shown), amount)  # what was seen before is smoothed like the painting
    later = 255 * share * (1 - rule(changes * (1 - share), min(amount, 0.95)))
    np.testing.assert_allclose(shown, later[:, :, None].repeat(3, 2), atol=2.1)


@pytest.mark.parametrize(
    ("height", "width", "shape"), [(8, 12, (2, 3)), (11, 15, (2, 3)), (3, 2, (1, 1)), (4, 4, (1, 1))]
)
def test_cells_are_of_four_pixels_and_there_is_one_at_least(height: int, width: int, shape: tuple[int, int]) -> None:
    assert cell_means(np.full((height, width), 7, np.uint8)).shape == shape
    assert cell_means(np.full((height, width, 3), 7, np.uint8)).shape == (*shape, 3)
    assert cell_means(2 * np.arange(32, dtype=np.uint8).reshape(4, 8)).tolist() == [[27, 35]]
