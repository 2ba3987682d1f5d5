"""Damages a few clips; benchmarks/video/fuzz.py damages hundreds."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.video import fuzz
from nstcam.realtime.video.convert import VideoReport, stylize_video
from tests.support.media.clips import write_clip


@pytest.mark.slow
def test_damaged_clips_are_refused_or_play() -> None:
    outcomes = fuzz.fuzz(16, seed=140)
    assert set(outcomes) == {"refused", "played"}
    assert outcomes.total() == 16


def test_frames_that_do_not_play_would_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def promises(*arguments: object, **options: object) -> VideoReport:
        return replace(stylize_video(*arguments, **options), frames=7)  # type: ignore[arg-type]

    monkeypatch.setattr("nstcam.realtime.video.convert.stylize_video", promises)
    clip = write_clip(tmp_path / "a.mp4", frames=6)
    with pytest.raises(AssertionError, match="7 frames were written, 6 play"):
        fuzz.check(clip, tmp_path / "out.mp4")


def test_mutations_change_bytes_and_cut_some_short() -> None:
    data, dice = bytes(5000), random.Random(1)
    damaged = [fuzz.mutate(data, dice) for _ in range(50)]
    assert all(data[: len(d)] != d or len(d) < len(data) for d in damaged)
    assert 2 < sum(len(d) < len(data) for d in damaged) < 25
