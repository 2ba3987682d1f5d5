"""Tests that a run that was killed, stopped or out of disk space resumes, to the same file as without interruption."""

from __future__ import annotations

import logging
import random
import subprocess
import sys
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmarks.tools.stand_in import Negative
from benchmarks.tools.waiting import until
from nstcam.realtime.cli.video import batch
from nstcam.realtime.cli.video.batch import Job, Outcome
from nstcam.realtime.errors import NstError, SinkError
from nstcam.realtime.stylizing import UNMOVED
from nstcam.realtime.video.convert import VideoReport, stylize_video
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.parts import join_parts, stylize_part
from nstcam.realtime.video.prepared import Stopped
from tests.support.full_disk import at_most_bytes_in_a_file
from tests.support.killed_run import FOLLOWING, SETTINGS, Strokes
from tests.support.media.clips import look, packets, texture, write_clip

ROOT = Path(__file__).parents[2]


def stop_after(frames: int, clip: Path, target: Path, settings: VideoSettings = SETTINGS) -> None:
    stylizer = Negative()
    with pytest.raises(Stopped):
        stylize_video(clip, target, stylizer, settings, resume=True, stop=lambda: stylizer.calls >= frames)


def until_ended_or(run: subprocess.Popen[bytes], path: Path) -> None:
    """Waits until the run has written that file, or has ended by itself."""
    until(lambda: run.poll() is not None or path.exists())


def test_killed_at_random_points_the_result_is_the_same(tmp_path: Path) -> None:
    pts = [0, *np.cumsum(random.Random(5).choices((1, 2, 5), k=59)).tolist()]
    clip = write_clip(tmp_path / "clip.mp4", pts=pts, audio="aac", noise=True, rate=Fraction(24))
    target = tmp_path / "killed.mp4"
    stylize_video(clip, tmp_path / "whole.mp4", Negative(), SETTINGS)

    dice, kills, journal = random.Random(6), 0, tmp_path / ".killed.mp4.nstcam" / "journal.json"
    command = [sys.executable, "-m", "tests.support.killed_run", str(clip), str(target), "15"]
    for _ in range(12):
        run = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        until_ended_or(run, journal)
        time.sleep(dice.uniform(0.1, 0.5))
        run.kill()
        kills += run.wait() != 0
        if target.exists():
            break
    else:
        stylize_video(clip, target, Negative(), SETTINGS, resume=True)
    if journal.exists():  # killed between the renaming of the output and the end of its work folder
        stylize_video(clip, target, Negative(), SETTINGS, resume=True, overwrite=True)

    assert kills >= 2
    assert packets(target) == packets(tmp_path / "whole.mp4")
    assert look(target).times == [Fraction(at, 24) for at in pts]
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "whole.mp4", "killed.mp4"}


def panning_clip(path: Path, frames: int = 40) -> Path:
    return write_clip(path, picture=texture(96, 128), frames=frames, pan=3)


def test_killed_while_strokes_follow_a_pan_the_result_is_the_same(tmp_path: Path) -> None:
    clip, target, whole = panning_clip(tmp_path / "clip.mp4"), tmp_path / "killed.mkv", Strokes()
    stylize_video(clip, tmp_path / "whole.mkv", whole, FOLLOWING)
    assert whole.offsets[-1].columns == pytest.approx(-3 * 39, abs=4), "the strokes went with the scene"

    command = [sys.executable, "-m", "tests.support.killed_run", str(clip), str(target), "30", "follow"]
    folder = tmp_path / ".killed.mkv.nstcam"
    for done in (1, 3):
        run = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        until_ended_or(run, folder / f"{done - 1:06}.npz")
        run.kill()
        assert run.wait() != 0
    again = Strokes()
    report = stylize_video(clip, target, again, FOLLOWING, resume=True)
    assert report.resumed_at >= 21
    assert again.offsets == whole.offsets[-len(again.offsets) :]
    assert packets(target) == packets(tmp_path / "whole.mkv")


def test_parts_whose_strokes_follow_a_pan_make_up_the_whole(tmp_path: Path) -> None:
    clip = panning_clip(tmp_path / "clip.mp4", 30)
    stylize_video(clip, tmp_path / "whole.mkv", Strokes(), FOLLOWING)
    parts = [tmp_path / f"{part}.nstpart" for part in (1, 2, 3)]
    for part, path in enumerate(parts, 1):
        stylize_part(clip, path, Strokes(), FOLLOWING, part=part, parts=3)
    join_parts(clip, tmp_path / "joined.mkv", parts)
    assert packets(tmp_path / "joined.mkv") == packets(tmp_path / "whole.mkv")


def test_strokes_that_follow_differ_from_those_that_do_not(tmp_path: Path) -> None:
    clip = panning_clip(tmp_path / "clip.mp4", 20)
    stylize_video(clip, tmp_path / "follow.mkv", Strokes(), FOLLOWING)
    stuck = Strokes()
    stylize_video(clip, tmp_path / "stuck.mkv", stuck, replace(FOLLOWING, follow=False))
    assert set(stuck.offsets) == {UNMOVED}
    assert packets(tmp_path / "follow.mkv") != packets(tmp_path / "stuck.mkv")


def test_a_run_is_stopped_on_the_way_to_where_it_goes_on(tmp_path: Path) -> None:
    clip, target, stylizer = panning_clip(tmp_path / "clip.mp4", 30), tmp_path / "out.mkv", Strokes()
    with pytest.raises(Stopped):
        stylize_video(clip, target, stylizer, FOLLOWING, resume=True, stop=lambda: stylizer.calls >= 16)
    again = Strokes()
    with pytest.raises(Stopped, match="before frame"):
        stylize_video(clip, target, again, FOLLOWING, resume=True, stop=lambda: True)
    assert again.calls == 0
    assert not target.exists()
    assert stylize_video(clip, target, again, FOLLOWING, resume=True).resumed_at >= 7


def test_a_stopped_run_keeps_whole_segments_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clip, target = write_clip(tmp_path / "clip.mp4", frames=30), tmp_path / "out.mkv"
    with caplog.at_level(logging.WARNING):
        stop_after(20, clip, target)
    assert "14 frames of" in caplog.text
    assert "--resume" in caplog.text
    with pytest.raises(SinkError, match="interrupted after 14 frames; add --resume to continue it, or --overwrite"):
        stylize_video(clip, target, Negative(), SETTINGS)
    stylizer = Negative()
    report = stylize_video(clip, target, stylizer, SETTINGS, resume=True)
    assert (report.resumed_at, stylizer.calls, report.frames) == (14, 16, 30)
    stylize_video(clip, tmp_path / "whole.mkv", Negative(), SETTINGS)
    assert packets(target) == packets(tmp_path / "whole.mkv")
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "out.mkv", "whole.mkv"}


def test_overwrite_starts_again(tmp_path: Path) -> None:
    clip, target, stylizer = write_clip(tmp_path / "clip.mp4", frames=20), tmp_path / "out.mp4", Negative()
    stop_after(10, clip, target)
    assert stylize_video(clip, target, stylizer, SETTINGS, overwrite=True).resumed_at == 0
    assert stylizer.calls == 20


def test_overwrite_that_cannot_start_keeps_what_is_done(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clip, target = write_clip(tmp_path / "clip.mp4", frames=20), tmp_path / "out.mp4"
    stop_after(10, clip, target)
    caplog.clear()
    with pytest.raises(NstError, match="no amiga encoder"):
        stylize_video(clip, target, Negative(), replace(SETTINGS, encoder="amiga"), overwrite=True)
    assert "7 frames of" in caplog.text
    assert "; add --resume to continue" in caplog.text
    assert stylize_video(clip, target, Negative(), SETTINGS, resume=True).resumed_at == 7


def test_an_interrupted_run_that_replaces_a_file_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clip, target, stylizer = write_clip(tmp_path / "clip.mp4", frames=20), tmp_path / "out.mp4", Negative()
    target.write_bytes(b"older")
    with pytest.raises(Stopped):
        stylize_video(clip, target, stylizer, SETTINGS, overwrite=True, stop=lambda: stylizer.calls >= 10)
    assert "add --resume --overwrite to continue" in caplog.text

    def again(overwrite: bool) -> Outcome:
        def work(job: Job) -> VideoReport:
            return stylize_video(job.source, job.target, Negative(), SETTINGS, overwrite=overwrite, resume=True)

        return batch.run([Job(clip, target)], work, skip_existing=True)[0]

    refused = again(overwrite=False)
    assert "add --resume --overwrite to continue that run" in (refused.error or "")
    assert target.read_bytes() == b"older"
    report = again(overwrite=True).report
    assert isinstance(report, VideoReport)
    assert (report.frames, report.resumed_at) == (20, 7)
    assert len(look(target).times) == 20
    assert again(overwrite=True) == Outcome(Job(clip, target)), "there already"


def test_another_source_or_other_settings_are_refused(tmp_path: Path) -> None:
    clip, target = write_clip(tmp_path / "clip.mp4", frames=20), tmp_path / "out.mp4"
    stop_after(10, clip, target)
    other = write_clip(tmp_path / "other.mp4", frames=21)
    with pytest.raises(SinkError, match=r"used another source file; .* with --overwrite instead of --resume"):
        stylize_video(other, target, Negative(), SETTINGS, resume=True)
    for change, why in (
        ({"styles": "wave"}, "styles negative, not wave"),
        ({"quality": 30}, "quality 18, not 30"),
        ({"codec": "hevc"}, "codec h264, not hevc"),
    ):
        with pytest.raises(SinkError, match=why):
            stylize_video(clip, target, Negative(), replace(SETTINGS, **change), resume=True)
    assert stylize_video(clip, target, Negative(), SETTINGS, resume=True).resumed_at == 7


def test_damaged_segments_are_done_again(tmp_path: Path) -> None:
    clip, target = write_clip(tmp_path / "clip.mp4", frames=30), tmp_path / "out.mp4"
    stop_after(29, clip, target)
    second = tmp_path / ".out.mp4.nstcam" / "000001.npz"
    second.write_bytes(second.read_bytes()[:-200])
    assert stylize_video(clip, target, Negative(), SETTINGS, resume=True).resumed_at == 7
    stylize_video(clip, tmp_path / "whole.mp4", Negative(), SETTINGS)
    assert packets(target) == packets(tmp_path / "whole.mp4")


def test_a_full_disk_keeps_what_there_is(tmp_path: Path) -> None:
    clip, target = write_clip(tmp_path / "clip.mp4", frames=30, noise=True), tmp_path / "out.mp4"
    stylize_video(clip, tmp_path / "whole.mp4", Negative(), SETTINGS)
    size = (tmp_path / "whole.mp4").stat().st_size
    with at_most_bytes_in_a_file(size // 2), pytest.raises(SinkError, match="cannot write"):
        stylize_video(clip, target, Negative(), SETTINGS)  # segments fit, the whole does not
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "whole.mp4", ".out.mp4.nstcam"}
    stylizer = Negative()
    assert stylize_video(clip, target, stylizer, SETTINGS, resume=True).frames == 30
    assert stylizer.calls == 0


def test_paintings_that_are_enlarged_and_steadied_are_the_same_in_parts_and_after_an_interruption(
    tmp_path: Path,
) -> None:
    clip = write_clip(tmp_path / "clip.mkv", picture=texture(96, 128), frames=30, pan=3)
    settings, whole = replace(FOLLOWING, stroke_scale=8.3), tmp_path / "whole.mkv"
    stylizer = Strokes()
    stylize_video(clip, whole, stylizer, settings)
    assert look(whole).size_wh == (128, 96)
    running = Strokes()
    with pytest.raises(Stopped):
        stylize_video(clip, tmp_path / "out.mkv", running, settings, stop=lambda: running.calls >= 20)
    with pytest.raises(SinkError, match=r"used stroke_scale 8\.3, not 4; give the same value"):
        stylize_video(clip, tmp_path / "out.mkv", Strokes(), replace(settings, stroke_scale=4), resume=True)
    assert stylize_video(clip, tmp_path / "out.mkv", Strokes(), settings, resume=True).resumed_at == 14
    assert packets(tmp_path / "out.mkv") == packets(whole)
    parts = [tmp_path / f"{part}.nstpart" for part in (1, 2)]
    for part, path in enumerate(parts, 1):
        stylize_part(clip, path, Strokes(), settings, part=part, parts=2)
    join_parts(clip, tmp_path / "joined.mkv", parts)
    assert packets(tmp_path / "joined.mkv") == packets(whole)
