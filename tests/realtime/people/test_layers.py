"""Tests people before a background and the mask at the size of the frame, against the formulas of one pixel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from nstcam.realtime.people.layers import before, blurred
from nstcam.realtime.people.refine import refined

RNG = np.random.default_rng(3)


def noise(hw: tuple[int, int], kind: type) -> Any:
    return RNG.integers(0, np.iinfo(kind).max, (*hw, 3), kind, endpoint=True)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("hw", [(32, 40), (33, 41)])
def test_people_stand_before_the_background_by_the_share_of_the_mask(hw: tuple[int, int], kind: type) -> None:
    people, background = noise(hw, kind), noise(hw, kind)
    mask = np.zeros(hw, np.uint8)
    mask[:, 20:30], mask[:, 30:] = RNG.integers(0, 256, (hw[0], 10)), 255
    kept = background.copy()
    out = before(background, people, mask)
    share = mask[..., None].astype(np.int64)
    assert np.array_equal(out, (people * share + background * (255 - share) + 127) // 255)
    assert np.array_equal(background, kept)
    assert out.dtype == kind
    whole = np.full(hw, 255, np.uint8)
    assert np.array_equal(before(background, people, whole), people)


def test_a_background_out_of_focus_has_nothing_of_the_people() -> None:
    frame = np.full((120, 160, 3), 60, np.uint8)
    mask = np.zeros((120, 160), np.uint8)
    frame[30:90, 60:100], mask[30:90, 60:100] = 250, 255
    assert (blurred(frame, mask)[mask == 0] == 60).all()
    assert (blurred(np.full((120, 160, 3), 60000, np.uint16), mask)[mask == 0] == 60000).all()


@pytest.mark.parametrize(("height", "width"), [(200, 240), (240, 200), (800, 600)])
def test_its_blur_is_a_share_of_the_shorter_side(height: int, width: int) -> None:
    """A Gaussian at a size where its radius is at most 8 pixels."""
    frame = cv2.GaussianBlur(RNG.integers(0, 256, (height, width, 3), np.uint8), (0, 0), 4).astype(np.uint8)
    frame[: height // 2] //= 2
    out = blurred(frame, np.zeros((height, width), np.uint8))
    expected = cv2.GaussianBlur(frame.astype(np.float32), (0, 0), 0.035 * min(height, width))
    margin = 60  # borders are reflected at another size
    apart = np.abs(out.astype(float) - expected)[margin:-margin, margin:-margin]
    assert apart.max() < 2.5
    row = out[:, width // 2].astype(float).mean(1)
    assert np.ptp(row[height // 2 - 2 : height // 2 + 3]) < 40, "no edge is left"


def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Over 5x5 places, reflected at the borders."""
    padded = np.pad(values, 2, "reflect")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, (5, 5)).mean((2, 3)))


def test_the_mask_is_a_linear_function_of_brightness_near_each_place() -> None:
    small = RNG.integers(0, 256, (24, 32, 3), np.uint8)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(float)
    likely = np.clip(grey / 255 + RNG.normal(0, 0.2, grey.shape), 0, 1)
    slope = (mean(grey * likely) - mean(grey) * mean(likely)) / (mean(grey * grey) - mean(grey) ** 2 + 60)
    base = mean(likely - 0) - slope * mean(grey)
    value = mean(slope) * grey + mean(base)
    expected = np.clip((value - 0.25) / 0.5 * 255, 0, 255)
    mask = refined(small, small, likely.astype(np.float32))
    assert np.abs(mask - expected).max() < 0.6


@pytest.mark.parametrize("rows", [480, 481])
def test_on_several_threads_it_is_the_same(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = RNG.integers(0, 256, (rows, 640, 3), np.uint8)
    small = cv2.resize(frame, (64, 48)).astype(np.uint8)
    likely = RNG.random((48, 64), np.float32)
    asked: list[int] = []

    def in_strips(height: int, work: Callable[[slice], None]) -> None:
        asked.append(height)
        work(slice(0, 100))
        work(slice(100, None))

    monkeypatch.setattr("nstcam.realtime.people.refine.in_strips", in_strips)
    mask = refined(frame, small, likely)
    assert asked == ([481] if rows == 481 else []), "up to 640x480 one thread is faster"
    monkeypatch.setattr("nstcam.realtime.people.refine.ALONE", 1 << 40)
    assert np.array_equal(mask, refined(frame, small, likely))
