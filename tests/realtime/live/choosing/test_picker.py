"""What the picker shows of many styles, and when it comes and goes."""

from __future__ import annotations

import pytest

from nstcam.realtime.display.picker import Cell
from nstcam.realtime.display.window import Pointer
from nstcam.realtime.live.choosing.picker import LEAVE_SECONDS, LOWER_EDGE, OPEN_SECONDS, Picker, Shown

BELOW, ABOVE = Pointer(0.5, 0.97), Pointer(0.5, 0.3)


def make(count: int = 14) -> tuple[Picker, list[float]]:
    now = [0.0]
    return Picker(count, lambda: now[0]), now


def shown(picker: Picker) -> list[int]:
    """By number, from 1."""
    return [style + 1 for style in picker.styles]


def test_g_goes_from_the_strip_to_the_grid_and_away() -> None:
    picker, _ = make()
    seen = []
    for _ in range(4):
        seen.append((picker.shown, len(picker.styles)))
        picker.cycle()
    assert seen == [(Shown.OFF, 0), (Shown.STRIP, 5), (Shown.GRID, 9), (Shown.OFF, 0)]


@pytest.mark.parametrize(
    ("number", "strip", "page"),
    [(1, [1, 2, 3, 4, 5], range(1, 10)), (7, [5, 6, 7, 8, 9], range(1, 10)), (14, [10, 11, 12, 13, 14], range(7, 15))],
)
def test_it_shows_the_part_with_the_chosen_style(number: int, strip: list[int], page: range) -> None:
    picker, _ = make()
    picker.cycle()
    picker.follow(number - 1)
    assert shown(picker) == strip
    picker.cycle()
    assert shown(picker) == list(page)


def test_the_wheel_moves_the_strip_by_one_and_the_grid_by_pages_within_their_ends() -> None:
    picker, _ = make()
    picker.cycle()
    picker.scroll(-1)
    assert shown(picker) == [1, 2, 3, 4, 5]
    picker.scroll(3)
    picker.follow(0)
    assert shown(picker) == [4, 5, 6, 7, 8], "the chosen style has not changed"
    picker.scroll(50)
    assert shown(picker) == [10, 11, 12, 13, 14]
    picker.cycle()
    for _ in range(2):
        picker.scroll(1)
        assert shown(picker) == list(range(7, 15)), "in whole rows"
    picker.scroll(-1)
    assert shown(picker) == list(range(1, 10))


@pytest.mark.parametrize("count", [1, 3, 5, 9, 18])
def test_any_number_of_styles_has_a_place(count: int) -> None:
    picker, _ = make(count)
    picker.cycle()
    picker.scroll(100)
    assert shown(picker) == list(range(max(count - 4, 1), count + 1))
    picker.cycle()
    picker.scroll(100)
    assert shown(picker)[-1] == count
    assert len(shown(picker)) >= min(count, 7)
    assert (shown(picker)[0] - 1) % 3 == 0


def test_the_strip_closes_when_nobody_uses_it_and_the_grid_stays() -> None:
    picker, now = make()
    picker.cycle()
    now[0] = 0.8 * OPEN_SECONDS
    picker.scroll(1)
    now[0] = 1.6 * OPEN_SECONDS
    picker.follow(0)
    assert picker.shown.name == "STRIP"
    now[0] = 1.9 * OPEN_SECONDS
    picker.follow(0)
    assert picker.shown.name == "OFF"
    picker.cycle()
    picker.cycle()
    now[0] = 100 * OPEN_SECONDS
    picker.follow(0)
    assert picker.shown.name == "GRID"


def test_the_mouse_opens_the_strip_at_the_lower_edge_and_closes_it_by_leaving() -> None:
    picker, now = make()
    for away in (ABOVE, Pointer(-0.1, 0.97), Pointer(0.5, 0.9)):
        picker.point(away)
        assert picker.shown.name == "OFF"
    picker.point(BELOW)
    picker.drawn([Cell(0, 0, 380, 128, 96, 20)], (480, 640))
    picker.point(Pointer(0.5, 0.8))
    now[0] = 0.9 * OPEN_SECONDS
    picker.follow(0)
    assert picker.shown.name == "STRIP", "the mouse is still on it"
    picker.point(ABOVE)
    now[0] += 1.1 * LEAVE_SECONDS
    picker.follow(0)
    assert picker.shown.name == "OFF"


def test_a_strip_that_a_key_opened_does_not_mind_the_mouse() -> None:
    picker, now = make()
    picker.cycle()
    picker.point(ABOVE)
    now[0] = 2 * LEAVE_SECONDS
    picker.follow(0)
    assert picker.shown.name == "STRIP"


@pytest.mark.parametrize(
    ("x", "y", "opens"),
    [(0.0, 0.99, True), (1.0, 0.99, True), (0.5, LOWER_EDGE, True), (0.5, LOWER_EDGE - 0.001, False),
    (-0.01, 0.99, False),
     (1.01, 0.99, False)],
)  # fmt: skip
def test_the_lower_edge_from_corner_to_corner_opens_the_strip(x: float, y: float, opens: bool) -> None:
    now = [10.0]
    picker = Picker(20, lambda: now[0])
    picker.point(Pointer(x, y))
    assert picker.shown is (Shown.STRIP if opens else Shown.OFF)
    now[0] += OPEN_SECONDS
    picker.follow(0)
    assert picker.shown is (Shown.STRIP if opens else Shown.OFF)
    now[0] += 0.01
    picker.follow(0)
    assert picker.shown is Shown.OFF
