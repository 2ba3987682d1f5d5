"""Tests the moving test pattern: where its shapes are at which time, and which frames come."""

from __future__ import annotations

import threading
import time
from math import cos, sin

import numpy as np
import pytest

from nstcam.realtime.capture.test_pattern import TestPattern

RED, YELLOW, GREEN, WHITE = (40, 60, 220), (60, 210, 250), (80, 160, 40), (250, 250, 250)


def box(frame: np.ndarray, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Left, right, top and bottom of what has that colour."""
    rows, columns = np.nonzero((frame == colour).all(2))
    return columns.min(), columns.max(), rows.min(), rows.max()


@pytest.mark.parametrize("size_wh", [(640, 480), (300, 400)])
@pytest.mark.parametrize("seconds", [0, 1, 4.5])
@pytest.mark.parametrize(
    ("colour", "speed", "phase", "reach"),
    [(RED, 0.9, 0, (1, 1, 1, 1)), (YELLOW, 0.6, 2, (2, 2, 2, 2)), (GREEN, 0.7, 4, (2, 2, 2, 1))],
)
def test_shapes_go_around_the_middle(
    size_wh: tuple[int, int], seconds: float, colour: tuple[int, int, int], speed: float, phase: float,
    reach: tuple[int, ...],
) -> None:  # fmt: skip
    """A square, a circle and a triangle, in units of a tenth of the shorter side; what is not covered is in place."""
    (width, height), angle = size_wh, speed * seconds + phase
    unit, x, y = min(size_wh) // 10, width * (0.5 + 0.35 * cos(angle)), height * (0.5 + 0.35 * sin(1.3 * angle))
    ends = [x - reach[0] * unit, x + reach[1] * unit, y - reach[2] * unit, y + reach[3] * unit]
    found = box(TestPattern(size_wh).draw(seconds), colour)
    near = [abs(end - seen) <= 2.5 for end, seen in zip(ends, found, strict=True)]
    assert sum(near) >= 3, (ends, found)


def test_an_open_ellipse_turns_and_lies_on_top() -> None:
    frame = TestPattern((640, 480)).draw(0)
    left, right, top, bottom = box(frame, WHITE)
    assert (left + right) / 2 == pytest.approx(640 * (0.5 + 0.35 * cos(5)), abs=3)
    assert (top + bottom) / 2 == pytest.approx(480 * (0.5 + 0.35 * sin(6.5)), abs=3)
    assert (right - left - 17, bottom - top - 17) == pytest.approx((192, 96), abs=4), "a line of 17 pixels"
    upright = box(TestPattern((640, 480)).draw(20.25), WHITE)  # turned by 90 degrees
    assert upright[3] - upright[2] - 17 == pytest.approx(192, abs=4)
    middle = (top + bottom) // 2
    assert not (frame[top : middle - 12, (left + right) // 2 + 60 :] == WHITE).all(2).any(), "60 degrees are open"


def test_the_ground_rises_from_corner_to_corner() -> None:
    frame = TestPattern((64, 48)).draw(2)
    assert [frame[y, x].tolist() for y, x in ((0, 0), (0, 63), (47, 0), (47, 63))] == [
        [40, 40, 215], [200, 40, 135], [40, 200, 135], [200, 200, 55],
    ]  # fmt: skip


def test_frames_that_nobody_has_time_for_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    now, waits = [50.0], list[float]()

    class Event(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout or 0.0)
            now[0] += timeout or 0.0
            return False

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(threading, "Event", Event)
    source = TestPattern((64, 48), fps=10)
    assert TestPattern().draw(0).shape == (480, 640, 3)
    seen = []
    for captured in source:
        seen.append((captured.number, round(captured.time - 50, 3)))
        assert np.array_equal(captured.frame, source.draw(captured.number / 10))
        now[0] += 0.55 if len(seen) == 2 else 0.02
        if len(seen) == 4:
            source.close()
    assert seen == [(0, 0), (1, 0.1), (6, 0.65), (7, 0.7)]
    assert waits == pytest.approx([0.08, 0, 0.03, 0.08], abs=1e-6)
