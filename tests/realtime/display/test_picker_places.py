"""Tests where each picture, name and mark of the strip and the grid is drawn, to the pixel."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from nstcam.realtime.caption import fitted, text_width
from nstcam.realtime.display import picker
from nstcam.realtime.display.picker import Cell, Offer, grid_cells, strip_cells
from nstcam.realtime.display.window import Pointer
from tests.support.fakes.live import frame_of
from tests.support.opencv_calls import opencv_calls

HW = (480, 640)
NAMES = [f"a style number {number}" for number in range(1, 15)]
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """The calls of OpenCV, in order, instead of what they draw: texts, boxes and triangles."""
    calls = opencv_calls(monkeypatch, "putText", "rectangle")
    monkeypatch.setattr(cv2, "fillConvexPoly", lambda _, points, *rest: calls.append(("fill", points.tolist(), *rest)))
    monkeypatch.setattr(cv2, "polylines", lambda _, points, *rest: calls.append(("edge", points[0].tolist(), *rest)))
    return calls


def offer(names: int = 14, chosen: int = 6, painted: range = range(14)) -> Offer:
    return Offer(NAMES[:names], chosen, {style: frame_of(20 + 10 * style, 96, 128) for style in painted}, frame_of(90))


def text(words: str, x: int, y: int, line: int, colour: tuple[int, int, int] = WHITE) -> tuple[Any, ...]:
    return ("putText", words, (x, y), cv2.FONT_HERSHEY_SIMPLEX, line / 38, colour, 1, cv2.LINE_AA)


def test_cells_stand_side_by_side_or_in_rows_of_three() -> None:
    assert strip_cells(HW, 428, [4, 5]) == [Cell(4, 192, 312, 128, 96, 20), Cell(5, 320, 312, 128, 96, 20)]
    high = (428 - 20) // 3 - 20
    wide = high * 640 // 480
    left = (640 - 3 * wide) // 2
    assert grid_cells(HW, 428, range(5)) == [
        Cell(style, left + style % 3 * wide, style // 3 * (high + 20), wide, high, 20) for style in range(5)
    ]
    assert grid_cells((1200, 640), 1190, [0])[0][3:] == (330 * 640 // 1200, 330, 50)
    assert strip_cells((200, 640), 190, [0])[0].name_height == 14, "letters stay readable"


def test_a_cell_goes_from_its_first_pixel_to_the_last_of_its_name() -> None:
    cells = [Cell(7, 100, 200, 128, 96, 20)]
    for x, y in ((100, 200), (227, 315)):
        assert picker.style_at(cells, HW, Pointer(x / 640, y / 480)) == 7
    for x, y in ((99, 250), (228, 250), (150, 199), (150, 316)):
        assert picker.style_at(cells, HW, Pointer(x / 640, y / 480)) is None


def test_pictures_names_and_the_mark_of_the_chosen_one(drawn: list[tuple[Any, ...]]) -> None:
    frame = frame_of(200, *HW)
    places = ((100, 128, 5, WHITE), (300, 128, 6, BLACK), (500, 90, 7, WHITE))
    cells = [Cell(style, left, 200, wide, 96, 20) for left, wide, style, _ in places]
    picker.draw_cells(frame, cells, offer(painted=range(5, 7)))
    expected = []
    for left, wide, style, colour in places:
        words = fitted(f"{style + 1} {NAMES[style]}", wide - 6, 18)
        expected.append(text(words, left + (wide - text_width(words, 18)) // 2, 296 + 15, 18, colour))
    expected.insert(2, ("rectangle", (301, 201), (300 + 126, 296 + 18), WHITE, 2))
    assert drawn == expected
    levels = np.full(HW, 200)
    for left, wide, level, plate in ((100, 128, 70, 24), (300, 128, 80, 255), (500, 90, 30, 24)):
        levels[200:296, left : left + wide], levels[296:316, left : left + wide] = level, plate
        if plate == 24:
            levels[200:316, left] = 0  # from the picture before it
    assert np.array_equal(frame, np.repeat(levels[..., None], 3, 2))
    picker.draw_cells(frame_of(0, 1080, 1920), [Cell(6, 0, 0, 800, 160, 20)], offer())
    assert drawn[-1][-1] == 160 // 40, "a broader edge"


@pytest.mark.parametrize(
    ("styles", "names", "marks"),
    [([0, 1], 3, "right"), ([0, 1], 2, ""), ([1, 2], 3, "left"), ([1, 2], 14, "left right")],
)
def test_a_triangle_at_each_end_beyond_which_there_are_more(
    drawn: list[tuple[Any, ...]], styles: list[int], names: int, marks: str
) -> None:
    frame = frame_of(200, *HW)
    picker.draw_strip(frame, strip_cells(HW, 428, styles), offer(names, chosen=9))
    left, right = [(18, 348), (18, 372), (6, 360)], [(621, 348), (621, 372), (633, 360)]
    expected: list[tuple[Any, ...]] = []
    for name, points in (("left", left), ("right", right)):
        if name in marks:
            corners = [list(point) for point in points]
            expected += [("fill", corners, WHITE, cv2.LINE_AA), ("edge", corners, True, BLACK, 2, cv2.LINE_AA)]
    assert [call for call in drawn if call[0] in ("fill", "edge")] == expected
    assert (frame[310:428, :190] == 50).all(), "darkened beside the pictures"
    assert (frame[:310] == 200).all()
    assert (frame[428:] == 200).all()


def test_the_grid_tells_its_page_below_if_there_are_more(drawn: list[tuple[Any, ...]]) -> None:
    cells = grid_cells(HW, 428, range(9, 10))
    page = picker.draw_page(HW, cells, offer())
    words = "10-10 of 14   wheel, arrows or digits show the others"
    assert drawn[-1] == text(fitted(words, 640 - 18, 18), 9, 3 * (cells[0].height + 20) + 15, 18)
    assert page.shape == (*HW, 3)
    picker.draw_page(HW, grid_cells(HW, 428, range(9)), offer(names=9))
    assert drawn[-1][1].startswith("9 "), "nothing below a single page"
