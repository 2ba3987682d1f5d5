"""Tests the sheet of benchmarks.quality.learning."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.quality.learning_sheet import CELL_WH, LearningSheet
from benchmarks.quality.sheet import GAP

GREYS = {"face": 40, "room": 80, "kiss": 120, "wave": 160}
WIDTH, HEIGHT = (side + GAP for side in CELL_WH)


@pytest.fixture
def pictures(tmp_path: Path) -> dict[str, Path]:
    """A grey picture of each name."""
    found = {name: tmp_path / f"{name}.png" for name in GREYS}
    for name, path in found.items():
        cv2.imwrite(str(path), np.full((60, 80, 3), GREYS[name], np.uint8))
    return found


def sheet_of(pictures: dict[str, Path]) -> LearningSheet:
    """Two paintings on two photographs, the first painted twice, the second once."""
    sheet = LearningSheet([pictures["face"], pictures["room"]])
    sheet.begin(pictures["kiss"])
    sheet.add("0 s", lambda frame: frame + np.uint8(1))
    sheet.add("peer", lambda frame: frame + np.uint8(2))
    sheet.begin(pictures["wave"])
    sheet.add("0 s", lambda frame: frame + np.uint8(3))
    return sheet


def test_a_row_has_the_photograph_the_painting_and_what_was_painted(pictures: dict[str, Path]) -> None:
    sheet = sheet_of(pictures).picture()
    assert sheet.shape == (4 * HEIGHT, 4 * WIDTH, 3)
    middles = sheet[HEIGHT // 2 :: HEIGHT, WIDTH // 2 :: WIDTH, 0]
    assert middles.tolist() == [[40, 120, 41, 42], [80, 120, 81, 82], [40, 160, 43, 255], [80, 160, 83, 255]]


def test_all_but_the_photograph_have_a_caption(pictures: dict[str, Path]) -> None:
    corners = sheet_of(pictures).picture()[:HEIGHT][:24]
    captioned = [np.ptp(corners[:, left : left + WIDTH - GAP]) > 100 for left in range(0, 4 * WIDTH, WIDTH)]
    assert captioned == [False, True, True, True]


def test_it_is_written_as_webp(pictures: dict[str, Path], tmp_path: Path) -> None:
    sheet_of(pictures).write(tmp_path / "sheet.webp")
    written = cv2.imread(str(tmp_path / "sheet.webp"))
    assert written is not None
    assert written.shape == (4 * HEIGHT, 4 * WIDTH, 3)
