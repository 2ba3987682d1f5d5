"""HD from end to end: what is put out has the size of the source, whatever size it is painted at."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.support.media.clips import look, texture, write_clip

APP = [sys.executable, "-m", "nstcam.realtime.cli.app"]


def test_a_clip_with_sound_keeps_its_size_and_sound(tmp_path: Path) -> None:
    clip, out = write_clip(tmp_path / "in.mp4", frames=3, picture=texture(720, 1280), audio="aac"), tmp_path / "out.mp4"
    for options in ((), ("--stroke-scale", "3")):
        command = [*APP, "video", str(clip), str(out), "--device", "cpu", "--overwrite", *options]
        subprocess.run(command, check=True, capture_output=True)
        seen = look(out)
        assert (seen.size_wh, len(seen.times)) == ((1280, 720), 3)
        assert seen.audio_packets == look(clip).audio_packets


def test_the_test_pattern_is_recorded_at_the_size_asked_for(tmp_path: Path) -> None:
    out = tmp_path / "out.mkv"
    done = subprocess.run(
        [*APP, "--camera", "test", "--size", "1280x720", "--fps", "15", "--no-window", "--device", "cpu",
         "--style", "starry", "--record", str(out), "--frames", "4"],
        input="status\nkey -\n", capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert "ignored" not in done.stderr
    seen = look(out)
    assert seen.size_wh == (1280, 720)
    assert np.ptp(seen.first) > 50
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert all(answer["output_size"] in (None, [1280, 720]) for answer in answers)


def test_larger_sources_are_fitted_into_the_output_size(tmp_path: Path) -> None:
    out = tmp_path / "out.mkv"
    options = ("--camera", "test", "--size", "1280x720", "--output-size", "640x480", "--frames", "2")
    subprocess.run([*APP, *options, "--no-window", "--device", "cpu", "--record", str(out)], check=True, input=b"")
    assert look(out).size_wh == (640, 360)
