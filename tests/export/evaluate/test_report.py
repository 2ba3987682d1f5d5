"""Tests the table and the sheet of nst-eval: which figure stands where."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from nstcam.export.evaluate.hard_frames import difficult_frames
from nstcam.export.evaluate.report import sheet_block, table, write_json
from nstcam.realtime.frame import Frame


def test_a_row_for_each_measure_and_a_column_for_each_painter() -> None:
    found = table({"network": {"contrast": 9.9996, "b": 10.0}, "x": {"b": float("nan"), "c\x1b": -123.456}})
    assert found.splitlines() == [
        "          network        x",
        "contrast   10.000        -",
        "b            10.0        -",
        "c\\x1b           -  -123.456",
    ]
    assert table({}) == ""


def test_figures_that_are_no_numbers_become_null(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {1: {"a": float("nan"), "b": float("inf"), "c": 0.123456789, "d": [2], "e": "x"}})
    assert json.loads((tmp_path / "a.json").read_text()) == {
        "1": {"a": None, "b": None, "c": 0.12346, "d": [2], "e": "x"}
    }


def test_painted_frames_stand_below_their_own() -> None:
    def dark(frame: Frame) -> Frame:
        return (frame // 2).astype(np.uint8)

    block = sheet_block({"dark": dark, "same": lambda frame: frame}, (320, 240), 3)
    assert block.shape == (6 * 240, 3 * 320, 3)
    for place, frame in enumerate(difficult_frames((320, 240)).values()):
        row, column = divmod(place, 3)
        top, left = 3 * row * 240, column * 320
        for line, expected in enumerate((frame, dark(frame), frame)):
            shown = block[top + 240 * line : top + 240 * (line + 1), left : left + 320]
            assert np.array_equal(shown[40:], expected[40:]), "below its name"
            assert not np.array_equal(shown[:40], expected[:40])
