"""Tests the figures of benchmarks.quality.learning."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.quality.learning import FIGURES, TIMED, column, figures, fixed, milliseconds, steadiness
from nstcam.realtime.frame import Frame
from nstcam.realtime.stylizing import Offset


def test_the_figures_are_those_of_one_size_with_four_digits() -> None:
    measures = {f"256: {name}": 1.23456 for name in FIGURES} | {"256: lattice, flat wall": 9.0}
    assert figures(measures) == dict.fromkeys(FIGURES, 1.235)


def test_threads_are_named_where_they_matter() -> None:
    assert [column(at, threads) for at in (0.0, 2.5) for threads in (1, 2)] == [
        "0 s", "0 s", "2.5 s", "2.5 s, 2 threads",
    ]  # fmt: skip


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    path = tmp_path / "photograph.png"
    cv2.imwrite(str(path), np.random.default_rng(0).integers(60, 190, (72, 96, 3), np.uint8))
    return path


def test_painters_are_timed_by_turns_at_each_size(photograph: Path) -> None:
    calls: list[str] = []

    def painter(name: str, frame: Frame) -> Frame:
        calls.append(f"{name} {frame.shape[1]}x{frame.shape[0]}")
        return frame

    painters = {name: fixed(lambda frame, name=name: painter(name, frame)) for name in ("ours", "peer")}  # type: ignore[misc]
    found = milliseconds(painters, photograph)
    assert calls[:4] == ["ours 640x480", "peer 640x480"] * 2
    assert {name: list(times) for name, times in found.items()} == {
        name: [f"ms {size}" for size in TIMED] for name in painters
    }
    assert min(time for times in found.values() for time in times.values()) >= 0


def test_what_passes_noise_on_has_a_flicker_gain_of_one_and_what_follows_the_scene_no_warp_error(
    photograph: Path,
) -> None:
    def half(frame: Frame, _: Offset) -> Frame:
        return frame // 2

    same = steadiness(lambda frame, _: frame, photograph)
    assert same["flicker gain"] == pytest.approx(1, abs=0.01)
    assert same["warp error"] == pytest.approx(0, abs=0.01)
    assert steadiness(half, photograph)["flicker gain"] == pytest.approx(0.5, abs=0.05)
