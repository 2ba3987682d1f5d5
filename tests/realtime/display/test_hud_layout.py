"""Tests what is drawn over the preview."""

from __future__ import annotations

import numpy as np
import pytest

from nstcam.realtime.caption import fitted, text_width
from nstcam.realtime.display.hud import Status, badges, draw, figures
from nstcam.realtime.meter import Reading
from tests.support.fakes.live import frame_of

LINE = 24
READING = Reading(fps=29.96, ms=12.4, latency_ms=41.6, capture_fps=30.02, dropped=7)
WORDS = ["30.0 fps", "latency 42 ms", "camera 30.0 fps", "640x480", "7 dropped", "style 12 ms"]
STATUS = Status("starry", "CUDA", READING, size_wh=(640, 480))


def test_text_that_fits_is_left_and_the_rest_ends_in_dots() -> None:
    room = text_width("a long name of a style", LINE)
    assert fitted("a long name of a style", room, LINE) == "a long name of a style"
    shorter = fitted("a long name of a style", room - 1, LINE)
    assert shorter.endswith("...")
    assert "a long name of a style".startswith(shorter.removesuffix("..."))
    assert not shorter.endswith(" ...")
    assert room // 2 < text_width(shorter, LINE) < room
    assert fitted("style", text_width("...", LINE), LINE) == ""


def test_as_many_figures_as_the_room_holds() -> None:
    for count in range(1, len(WORDS) + 1):
        text = "   ".join(WORDS[:count])
        assert figures(STATUS, text_width(text, LINE), LINE) == text
    assert figures(STATUS, 0, LINE) == WORDS[0], "that one in any case"
    assert "640x480" not in figures(Status("starry", "CUDA", READING), 10_000, LINE)


def test_the_cpu_stands_out() -> None:
    (cpu, orange), (gpu, green) = badges(Status("x", "CPU", READING))[0], badges(STATUS)[0]
    assert (cpu, gpu) == ("CPU", "CUDA")
    assert orange != green
    assert badges(Status("x", "CUDA", READING, slower=True)) == [("CUDA", orange)]
    assert [word for word, _ in badges(Status("x", "CUDA", READING, sending=True))] == ["CUDA", "CAM"]
    assert [word for word, _ in badges(Status("x", "CUDA", READING, streaming=True))] == ["CUDA", "LIVE"]


def test_a_recording_has_a_red_mark_in_the_upper_right_corner() -> None:
    frame = frame_of(120, 440, 640)
    draw(frame, Status("starry", "CUDA", READING, shown=False, recording=True))
    rows, columns = np.nonzero((frame[:200] != 120).any(2))
    assert 8 <= rows.min() < rows.max() <= 32
    assert 608 <= columns.min() < columns.max() <= 632
    blue, green, red = (int(value) for value in frame[20, 620])
    assert red > 2 * max(blue, green)


def test_the_badge_stands_at_the_right_and_the_style_at_the_left() -> None:
    frame = frame_of(0, 440, 640)
    draw(frame, STATUS)
    device = frame[390:415, 640 - 10 - text_width("CUDA", 20) - 10 : 630].reshape(-1, 3)
    assert (device == (120, 210, 120)).all(1).mean() > 0.3
    assert (frame[390:415, 10:60] == 255).any(), "the style's name"
    assert (frame[390:440, 632:] == 0).all()
    assert (frame[390:440, :9] == 0).all()


ROWS = [("1-9", "style by its place"), ("n / p", "next / previous style"), ("q", "quit")]


@pytest.mark.parametrize("count", [3, 5])
def test_the_help_has_all_rows_below_each_other(count: int) -> None:
    frame = frame_of(0, 440, 640)
    draw(frame, Status("starry", "CUDA", READING, shown=False, help_rows=(ROWS * 2)[:count]))
    step = 440 / (count + 1)
    for row in range(1, count + 1):
        assert frame[round(row * step) - 10 : round(row * step) + 8, :320].max() > 200
