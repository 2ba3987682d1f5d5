"""Tests where each word and mark of the head-up display is drawn, to the pixel, on a picture of 640x440."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from nstcam.realtime.caption import fitted, text_width
from nstcam.realtime.display.hud import Status, draw, draw_help, figures, help_line
from nstcam.realtime.frame import Frame
from nstcam.realtime.meter import Reading
from tests.support.fakes.live import frame_of
from tests.support.opencv_calls import opencv_calls

GREEN, RED, ORANGE, WHITE, BLACK = (120, 210, 120), (40, 40, 230), (60, 160, 250), (255, 255, 255), (0, 0, 0)
ROWS = [("1-9", "style by its place"), ("n / p", "next / previous style"), ("q", "quit")]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """The calls of OpenCV, in order, instead of what they draw: texts, boxes and discs."""
    return opencv_calls(monkeypatch, "putText", "rectangle", "circle")


def text(words: str, x: int, y: int, line: int = 20, colour: tuple[int, int, int] = WHITE) -> tuple[Any, ...]:
    return ("putText", words, (x, y), cv2.FONT_HERSHEY_SIMPLEX, line / 38, colour, 1, cv2.LINE_AA)


def dark(frame: Frame, level: int = 120) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of the part that is darkened to a third."""
    rows, columns = np.nonzero((frame == level // 3).all(2))
    assert set(np.unique(frame)) <= {level // 3, level}
    return (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1)


def test_badges_from_the_right_the_style_the_figures_and_the_hint(drawn: list[tuple[Any, ...]]) -> None:
    frame = frame_of(120, 440, 640)
    status = Status("a style " * 20, "CPU", Reading(30, 12, 42, 30, 7), sending=True, streaming=True, recording=True)
    draw(frame, status)
    expected: list[tuple[Any, ...]] = []
    right = 630
    for word, colour in (("CPU", ORANGE), ("CAM", GREEN), ("LIVE", RED)):
        width = text_width(word, 20)
        left = right - width - 10
        expected.append(("rectangle", (left, 395), (left + width + 10, 415), colour, cv2.FILLED))
        expected.append(text(word, left + 5, 410, colour=BLACK))
        right = left - 10
    hint = text_width("h help", 20)
    room = 640 - 10 - hint - 20
    expected.append(text(fitted("a style " * 20, right - 20, 20), 10, 410))
    expected.append(text(figures(status, room, 20), 10, 430))
    expected.append(text("h help", 640 - 10 - hint, 430))
    expected.append(("circle", (620, 20), 10, RED, cv2.FILLED, cv2.LINE_AA))
    assert drawn == expected
    assert dark(frame) == (390, 440, 0, 640)


def test_only_the_hint_where_nothing_else_is_at_the_lower_edge(drawn: list[tuple[Any, ...]]) -> None:
    hint = text_width("h help", 20)
    frame = frame_of(120, 440, 640)
    draw(frame, Status("x", "CPU", Reading(), shown=False))
    assert drawn == [text("h help", 640 - 10 - hint, 434)]
    assert dark(frame) == (415, 440, 640 - 20 - hint, 640)


@pytest.mark.parametrize(
    ("shown", "raised", "bottom"), [(True, 0, 390), (True, 70, 320), (False, 0, 440), (False, 70, 370)]
)
def test_a_message_stands_above_the_strip_and_the_pictures_and_takes_the_hints_place(
    drawn: list[tuple[Any, ...]], shown: bool, raised: int, bottom: int
) -> None:
    message = "it is saved " * 20
    frame = frame_of(120, 440, 640)
    draw(frame, Status("x", "CPU", Reading(), message=message, shown=shown, raised=raised))
    assert drawn[-1] == text(fitted(message, 620, 20), 10, bottom - 10)
    assert ("h help" in [call[1] for call in drawn]) == shown
    assert len(drawn) == (6 if shown else 1)
    top, *_ = dark(frame)
    assert top == bottom - 30


def test_pictures_without_a_message_take_the_hints_place(drawn: list[tuple[Any, ...]]) -> None:
    frame = frame_of(120, 440, 640)
    draw(frame, Status("x", "CPU", Reading(), shown=False, raised=70))
    assert drawn == []
    assert (frame == 120).all()


def test_help_has_its_keys_and_their_meanings_in_columns(drawn: list[tuple[Any, ...]]) -> None:
    frame = frame_of(120, 440, 640)
    draw_help(frame, ROWS, 400)
    line = help_line(ROWS, 400, 640)
    second = max(text_width(keys, line) for keys, _ in ROWS) + line
    right = second + max(text_width(meaning, line) for _, meaning in ROWS) + line // 2
    expected = []
    for row, (keys, meaning) in enumerate(ROWS):
        y = round((row + 1) * 100 + line / 4)
        expected += [text(keys, line // 2, y, line), text(meaning, second, y, line)]
    assert drawn == expected
    assert dark(frame) == (0, 400, 0, right)


@pytest.mark.parametrize("height", [130, 440])
def test_help_is_the_largest_that_fits_into_three_fifths_of_the_width(height: int) -> None:
    def fits(line: int, width: int) -> bool:
        keys, meanings = (max(text_width(words, line) for words in texts) for texts in zip(*ROWS, strict=True))
        return keys + meanings + line * 3 // 2 <= width * 3 // 5

    most = min(height // 4, height // 19)
    for width in range(60, 900, 2):
        expected = max((line for line in range(8, most + 1) if fits(line, width)), default=8)
        assert help_line(ROWS, height, width) == expected
    assert help_line(ROWS * 10, 440, 5000) == 440 // 31, "as many lines as rows, and one more"
