"""Tests what goes wrong only in long videos, on shorter ones; the benchmarks of the same names run the full length."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from benchmarks.tools.stand_in import Negative
from benchmarks.video.drift import drift, moments
from benchmarks.video.long_clip import make_long_clip
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.painting import VideoSettings


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "suffix"), [(Fraction(30000, 1001), ".mp4"), (Fraction(10), ".mkv")])
def test_clicks_stay_with_their_flashes(tmp_path: Path, rate: Fraction, suffix: str) -> None:
    clip = make_long_clip(tmp_path / "clip.mp4", 45, rate)
    stylize_video(clip, tmp_path / f"out{suffix}", Negative(), VideoSettings(encoder="software"))
    before, after = moments(clip), moments(tmp_path / f"out{suffix}")
    assert len(before.flashes) == 5
    assert max(map(abs, drift(before, after))) <= 1  # Matroska counts in milliseconds
    # Matroska has no times below 0: all begins later by what the sound's encoder put before its first sample.
    late = after.flashes[0] - before.flashes[0]
    assert 0 <= late < 0.07
    assert abs(after.picture_end - before.picture_end - late) < 1e-6
    assert abs(after.sound_end - before.sound_end - late) < 0.002


def test_lost_or_moved_clicks_would_show(tmp_path: Path) -> None:
    seen = moments(make_long_clip(tmp_path / "clip.mp4", 25, Fraction(10)))
    moved = [at + 0.002 * at for at in seen.clicks]
    late = type(seen)(seen.flashes, moved, seen.picture_end, seen.sound_end)
    assert drift(seen, late)[-1] == pytest.approx(40, abs=1)
    with pytest.raises(ValueError, match="lost"):
        drift(seen, type(seen)(seen.flashes, moved[:-1], seen.picture_end, seen.sound_end))
