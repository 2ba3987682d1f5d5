"""Tests that the latency benchmark can be trusted: the numbers it draws into frames come back through the live loop."""

import argparse
from pathlib import Path

import pytest

from benchmarks.latency import STAGES, measure
from benchmarks.tools.numbered import draw_number, read_number
from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.capture.test_pattern import TestPattern
from nstcam.realtime.frame import resize
from nstcam.realtime.style_files.style import read_style
from tests.support.fakes.live import frame_of


@pytest.mark.parametrize("number", [0, 1, 0b1010101010101010, 65535, 65536 + 7])
def test_numbers_come_back_from_other_sizes_and_negatives(number: int) -> None:
    frame = TestPattern((320, 240)).draw(1)
    draw_number(frame, number)
    for seen in (frame, 255 - frame, resize(frame, (640, 480)), resize(frame, (160, 120)), frame // 2):
        assert read_number(seen) == number % 65536


def test_a_picture_without_squares_has_no_number() -> None:
    assert read_number(frame_of(100)) is None


def test_every_frame_shown_is_read_back_and_every_stage_measured(tmp_path: Path) -> None:
    style = read_style(write_negative_style(tmp_path / "negative.onnx"))
    wanted = argparse.Namespace(size="160x120", fps=30.0, seconds=1.0, device="cpu", all=True)
    result = measure(style, None, wanted)
    assert result["read back"] == result["frames"] > 0
    assert set(STAGES) - set(result["ms"]) == {"follow"}, "this style has no canvas to go with the scene"
    assert "follow" in measure(None, None, wanted)["ms"]
    assert result["ms"]["end to end"]["p95"] > result["ms"]["stylize"]["median"]
