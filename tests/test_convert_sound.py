"""The sound of a video file: copied where the container takes it, encoded anew where not, and in time."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from realtime.convert import stylize_video
from tests.clips import look, write_clip
from tests.fakes import Copy


def test_aac_is_copied_bit_for_bit(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clip = write_clip(tmp_path / "clip.mp4", audio="aac")
    report = stylize_video(clip, tmp_path / "out.mp4", Copy())
    before, after = look(clip), look(tmp_path / "out.mp4")
    assert after.codecs == ["h264", "aac"]
    assert len(before.audio_packets) > 5
    assert after.audio_packets == before.audio_packets
    assert after.audio_span == pytest.approx(before.audio_span, abs=0.001)
    assert (report.audio_copied, report.audio_encoded) == (1, 0)
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("source", "codec", "target", "becomes"),
    [
        ("clip.mkv", "pcm_s16le", "out.mp4", "aac"),
        ("clip.mkv", "pcm_s16le", "out.mkv", "pcm_s16le"),
        ("clip.mp4", "aac", "out.webm", "opus"),
    ],
)
def test_audio_is_encoded_anew_where_it_must(
    tmp_path: Path, source: str, codec: str, target: str, becomes: str, caplog: pytest.LogCaptureFixture
) -> None:
    clip = write_clip(tmp_path / source, audio=codec, frames=30)
    with caplog.at_level(logging.WARNING):
        report = stylize_video(clip, tmp_path / target, Copy())
    before, after = look(clip), look(tmp_path / target)
    anew = codec != becomes
    assert after.codecs[1] == becomes
    assert (report.audio_copied, report.audio_encoded) == (not anew, anew)
    assert len(caplog.records) == anew
    assert after.audio_span[0] == pytest.approx(before.audio_span[0], abs=0.07)
    assert after.audio_span[1] == pytest.approx(before.audio_span[1], abs=0.1)


def test_sound_and_pictures_stay_together(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "late.ts", audio="aac", start=10)
    stylize_video(clip, tmp_path / "out.mp4", Copy())
    before, after = look(clip), look(tmp_path / "out.mp4")
    assert float(before.times[0]) > 9
    assert float(after.times[0]) < 0.1
    assert after.audio_span[0] - float(after.times[0]) == pytest.approx(
        before.audio_span[0] - float(before.times[0]), abs=0.001
    )
