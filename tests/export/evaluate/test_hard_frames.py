"""Tests that the frames that are hard to paint show what they are named after, where it belongs, with their noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import cv2
import numpy as np
import pytest

from nstcam.export.evaluate.hard_frames import SIZES_WH, difficult_frames
from nstcam.realtime.frame import Frame

ROOM, WINDOW, FIELD, SKY, TRUNK = (70, 78, 84), (252, 250, 246), (250, 246, 242), (238, 226, 214), (52, 60, 70)
DARK, SCREEN, SKIN = (14, 12, 13), (60, 44, 30), (24, 28, 36)


def lit(one: tuple[int, ...], light: tuple[float, ...], share: float) -> tuple[float, ...]:
    return tuple(a + share * b for a, b in zip(one, light, strict=True))


PLACES: Final[dict[str, dict[tuple[float, float], Sequence[Any]]]] = {
    "flat wall": {(-0.6, 0.4): (167.6, 181.6, 187.6), (0.6, -0.4): (184.4, 198.4, 204.4)},
    "dark room": {
        (-0.6, -0.4): DARK, (-0.35, 0.1): lit(DARK, SCREEN, 1), (-0.17, 0.1): lit(DARK, SCREEN, 0.5),
        (-0.224, 0.1): lit(DARK, SCREEN, 0.875), (-0.35, 0.178): lit(DARK, SCREEN, 1),
        (-0.53, 0.1): lit(DARK, SCREEN, 0.5), (-0.35, 0.23): lit(DARK, SCREEN, 0.5),
        (0.1, 0.02): lit(DARK, SKIN, 1), (0.24, 0.02): lit(DARK, SKIN, 0.5), (-0.04, 0.02): lit(DARK, SKIN, 0.5),
        (0.1, -0.17): lit(DARK, SKIN, 0.5), (0.1, 0.4): lit(DARK, SKIN, 1), (0.46, 0.44): lit(DARK, SKIN, 0.5),
    },
    "backlit": {
        (-0.6, 0): ROOM, (-0.3, -0.2): WINDOW, (-0.5, -0.2): [ROOM, WINDOW], (0.5, -0.2): [ROOM, WINDOW],
        (-0.3, -0.42): [ROOM, WINDOW], (-0.45, 0.25): [ROOM, WINDOW], (0, -0.3): ROOM, (0.012, -0.3): [ROOM, WINDOW],
        (-0.012, -0.3): [ROOM, WINDOW], (0.05, 0.1): (30.7, 36.7, 48.7), (0.3, 0.45): (34.2, 40.2, 52.2),
        (0, -0.02): (16, 22, 34), (0.1, -0.02): (17.4, 23.4, 35.4), (0.1, -0.008): (24.4, 30.4, 42.4),
        (0.125, -0.02): (24.75, 30.75, 42.75),
    },
    "lamp": {
        (0.15, -0.1): (255, 255, 255), (-0.35, -0.1): lit((34, 44, 62), (420, 620, 760), np.exp(-0.5 / 0.22)),
        (0.15, 0.4): lit((34, 44, 62), (420, 620, 760), np.exp(-0.5 / 0.22)),
    },
    "snow": {
        (0.2, 0.1): FIELD, (0.2, -0.4): SKY, (0, -0.15): [FIELD, SKY], (0.314, -0.11): [FIELD, SKY],
        (-0.4, -0.186): [FIELD, SKY], (-0.5, 0): TRUNK, (-0.3, 0): TRUNK, (0.42, -0.3): TRUNK,
        (0.42, -0.4): [TRUNK, SKY], (0.42, 0.08): [TRUNK, FIELD], (0.408, 0): [TRUNK, FIELD],
        (0.432, 0): [TRUNK, FIELD],
        (0, 0.345): lit(FIELD, (-7.5, -7.5, -7.5), 1), (0, 0.3): lit(FIELD, (-10, -10, -10), 1),
        (0, 0.36): lit(FIELD, (-5, -5, -5), 1),
        (-0.6, 0.3): lit(FIELD, (-5, -5, -5), 1),
    },
    "text": {(0.6, 0): (236, 240, 242)},
}  # fmt: skip
"""BGR levels by place, right of and below the middle in units of the height; two colours: their border."""
NOISE = {"flat wall": 2, "dark room": 6, "backlit": 3, "lamp": 3, "snow": 2, "text": 2}


def around(frame: Frame, x: float, y: float, side: int = 6) -> list[float]:
    """The mean of a small square."""
    height, width = frame.shape[:2]
    centre = (width / 2 + x * height, height / 2 + y * height)
    return [float(m) for m in cv2.getRectSubPix(frame, (side, side), centre).mean((0, 1))]


@pytest.fixture(scope="module")
def frames() -> dict[str, Frame]:
    return difficult_frames((640, 480))


@pytest.mark.parametrize(("name", "x", "y"), [(name, x, y) for name, places in PLACES.items() for x, y in places])
def test_each_thing_is_in_its_place(frames: dict[str, Frame], name: str, x: float, y: float) -> None:
    colour: Any = PLACES[name][x, y]
    is_border = isinstance(colour, list)  # sharp, less than a pixel beside its place
    expected = np.mean(colour, 0) if is_border else colour
    assert around(frames[name], x, y) == pytest.approx(expected, abs=NOISE[name] / 2 + (17 if is_border else 2))


def test_the_sizes_of_the_report_show_the_same_scenes_each_time(frames: dict[str, Frame]) -> None:
    assert SIZES_WH == ((320, 240), (640, 480))
    small = difficult_frames((320, 240))
    assert list(small) == list(NOISE) == list(frames)
    for name, frame in small.items():
        assert frame.shape == (240, 320, 3)
        assert np.array_equal(frame, difficult_frames((320, 240))[name])
        for place in ((-0.6, 0.4), (0.6, 0.4)):
            assert around(frame, *place) == pytest.approx(around(frames[name], *place, side=12), abs=NOISE[name])


def test_each_has_the_noise_of_a_webcam(frames: dict[str, Frame]) -> None:
    for name, sigma in NOISE.items():
        corner = frames[name][420:, 570:630].astype(float)
        assert np.diff(corner, axis=1).std() / 2**0.5 == pytest.approx(sigma, rel=0.1)


def test_text_is_written_in_eight_lines_the_lower_four_smaller(frames: dict[str, Frame]) -> None:
    text = frames["text"]
    ink = text.max(2) < 130
    edges = np.flatnonzero(np.diff(np.r_[False, ink.any(1), False]))
    tops, bottoms = edges[::2], edges[1::2]
    baselines = 480 / 8.5 * np.arange(1, 9)
    assert ((tops < baselines - 9) & (baselines - 2 < bottoms) & (bottoms < baselines + 10)).all()
    widths = [np.ptp(np.flatnonzero(ink[top:bottom].any(0))) for top, bottom in zip(tops, bottoms, strict=True)]
    assert np.divide(widths[:4], widths[4:]) == pytest.approx([1.3 / 0.6] * 4, rel=0.12)
    assert widths[0] == pytest.approx(363, rel=0.01)
    assert np.flatnonzero(ink.any(0))[0] == pytest.approx(0.06 * 640, abs=3)
    assert np.median(text[text.max(2) < 45], 0) == pytest.approx([30, 24, 22], abs=1)
