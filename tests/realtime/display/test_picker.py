"""Where the pictures of the styles stand, and what is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from nstcam.realtime.display.picker import Offer, cell_hw, draw_page, draw_strip, grid_cells, strip_cells, style_at
from nstcam.realtime.display.window import Pointer
from tests.support.fakes.live import frame_of

HW = (480, 640)
NAMES = [f"s{number}" for number in range(1, 15)]


def offer(chosen: int = 6, painted: range = range(14)) -> Offer:
    return Offer(NAMES, chosen, {style: frame_of(20 + 10 * style, 96, 128) for style in painted}, frame_of(90, *HW))


@pytest.mark.parametrize("size_hw", [(480, 640), (1080, 1920), (640, 480), (231, 1920)])
def test_cells_are_above_what_is_below_and_in_the_shape_of_the_picture(size_hw: tuple[int, int]) -> None:
    height, width = size_hw
    bottom = height - 50
    for cells in (strip_cells(size_hw, bottom, range(5)), grid_cells(size_hw, bottom, range(9))):
        boxes = [(c.left, c.top, c.left + c.width, c.top + c.height + c.name_height) for c in cells]
        assert all(0 <= a < c <= width and 0 <= b < d <= bottom for a, b, c, d in boxes)
        assert len(set(boxes)) == len(boxes)
        assert cells[0].width / cells[0].height == pytest.approx(width / height, rel=0.06)


def test_the_strip_takes_the_whole_width_and_fewer_styles_stand_in_its_middle() -> None:
    assert [cell.left for cell in strip_cells(HW, 428, range(4, 9))] == [0, 128, 256, 384, 512]
    assert [cell.left for cell in strip_cells(HW, 428, range(2))] == [192, 320]
    assert cell_hw(frame_of(0, *HW), 5) == (96, 128)


def test_the_mouse_points_at_pictures_and_their_names() -> None:
    cells = strip_cells(HW, 428, range(4, 9))
    top = cells[0].top
    assert style_at(cells, HW, Pointer(0.5, (top + 1) / 480)) == 6
    assert style_at(cells, HW, Pointer(0.99, 427 / 480)) == 8
    for away in (Pointer(0.5, (top - 1) / 480), Pointer(0.5, 428 / 480), Pointer(1.01, 0.8), Pointer(-0.01, 0.8)):
        assert style_at(cells, HW, away) is None
    page = grid_cells(HW, 428, range(9, 14))
    assert style_at(page, HW, Pointer(0.5, 0.1)) == 10
    assert style_at(page, HW, Pointer(0.5, 0.9)) is None


def test_the_strip_shows_pictures_names_and_which_is_chosen() -> None:
    frame = frame_of(200, *HW)
    cells = strip_cells(HW, 428, range(4, 9))
    draw_strip(frame, cells, offer(chosen=6, painted=range(4, 8)))
    assert (frame[: cells[0].top - 2] == 200).all()
    assert (frame[428:] == 200).all()
    for cell in cells:
        inside = frame[cell.top + 20 : cell.top + 40, cell.left + 30 : cell.left + 90]
        assert (inside == (20 + 10 * cell.style if cell.style < 8 else 30)).all(), "the last is not painted yet"
        plate = frame[cell.top + cell.height + 2 : 426, cell.left + 5 : cell.left + 120]
        assert (np.median(plate) > 200) == (cell.style == 6)
        assert plate.min() < 40
        assert plate.max() > 150, "the name"


@pytest.mark.parametrize(("styles", "left", "right"), [(range(5), False, True), (range(9, 14), True, False)])
def test_marks_tell_that_there_are_more(styles: range, left: bool, right: bool) -> None:
    frame = frame_of(0, *HW)
    cells = strip_cells(HW, 428, styles)
    draw_strip(frame, cells, offer(chosen=styles[2], painted=range(0)))
    rows = slice(cells[0].top + 30, cells[0].top + 66)
    assert [bool((part > 200).any()) for part in (frame[rows, 1:30], frame[rows, -30:])] == [left, right]


def test_a_page_of_the_grid_tells_which_it_is() -> None:
    cells = grid_cells(HW, 428, range(9, 14))
    page = draw_page(HW, cells, offer(chosen=9))
    last = cells[0].top + 3 * (cells[0].height + cells[0].name_height)
    columns = np.flatnonzero(page[last:428].max(axis=(0, 2)) > 200)
    assert 4 < columns[0] < 16, "it begins at the left"
    assert (page[428:] == 0).all()
    cells = grid_cells(HW, 428, range(3))
    few = Offer(NAMES[:3], 0, {}, frame_of(90, *HW))
    assert draw_page(HW, cells, few)[cells[-1].top + cells[-1].height + cells[-1].name_height :].max() == 0
