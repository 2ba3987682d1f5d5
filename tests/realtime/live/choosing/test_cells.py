"""Small pictures within a budget of time, by a clock of their own."""

from __future__ import annotations

import numpy as np
import pytest

from nstcam.realtime.effects.look import Look
from nstcam.realtime.frame import Frame
from nstcam.realtime.live.choosing.cells import SHARE, Cells
from nstcam.realtime.stylizing import Offset
from tests.support.fakes.live import frame_of

HW = (480, 640)
STILL = Offset(0, 0)


class Bench:
    """Cells of styles that take `cost` seconds each; those in `closed` are not open yet."""

    def __init__(self, cost: float) -> None:
        self.cost, self.now, self.painted, self.closed = cost, 0.0, list[int](), set[int]()
        self.offsets: list[Offset] = []
        self.cells = Cells(self.stylize, lambda: self.now)

    def stylize(self, style: int, frame: Frame, offset: Offset) -> Frame | None:
        if style in self.closed:
            return None
        self.painted.append(style)
        self.offsets.append(offset)
        self.now += self.cost
        return np.full_like(frame, style)

    def frame(self, styles: tuple[int, ...] = (0, 1, 2, 3), *, fresh: bool = True) -> dict[int, Frame]:
        self.now += 0.04
        look = Look(cells=styles, across=5)
        return dict(self.cells.paint(frame_of(9, *HW), look, fresh=fresh, moved=Offset(40, -80), size_hw=HW))


def test_cells_are_painted_in_turn_as_far_as_time_allows() -> None:
    bench, took = Bench(cost=0.006), list[float]()
    for _ in range(40):
        before = bench.now
        bench.frame()
        took.append(bench.now - before - 0.04)
    assert bench.painted[:8] == [0, 1, 2, 3] * 2
    assert sum(took) / bench.now == pytest.approx(SHARE, abs=0.03)
    assert max(took[1:]) < 0.013, "no frame is held up for all of them"


def test_one_long_cell_is_made_up_for_by_a_pause() -> None:
    bench = Bench(cost=0.3)
    for _ in range(40):
        bench.frame()
    assert len(bench.painted) == 1


def test_a_style_that_is_not_open_costs_nothing_and_comes_first_once_it_is() -> None:
    bench = Bench(cost=0.006)
    bench.closed = {1}
    for _ in range(20):
        assert 1 not in bench.frame()
    bench.closed.clear()
    bench.painted.clear()
    bench.frame()
    bench.frame()
    assert bench.painted[0] == 1


def test_pictures_stay_for_the_next_time() -> None:
    bench = Bench(cost=0.001)
    for _ in range(4):
        bench.frame((0, 1, 2))
    assert bench.frame(()) == {}
    bench.cost = 10
    bench.frame((0,))
    bench.painted.clear()
    again = bench.frame((1, 2, 3))
    assert bench.painted == []
    assert sorted(again) == [1, 2]
    assert again[1].shape == (96, 128, 3)


def test_it_rests_while_nothing_changes() -> None:
    bench = Bench(cost=0.001)
    bench.frame()
    for _ in range(9):
        bench.frame(fresh=False)
    assert len(bench.painted) == 4
    assert bench.cells.settled(Look(cells=(0, 1, 2, 3), across=5))
    bench.frame(fresh=True)
    assert len(bench.painted) > 4
    assert bench.offsets[0] == Offset(8, -16), "the canvas goes as far in proportion"
