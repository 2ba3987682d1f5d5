"""Tests that joined parts of a video hold the same packets as a single run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.tools.stand_in import Negative
from nstcam.realtime.errors import SinkError, SourceError
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.parts import frames_of_part, join_parts, stylize_part
from tests.support.full_disk import at_most_bytes_in_a_file
from tests.support.killed_run import SETTINGS
from tests.support.media.clips import look, packets, write_clip


@pytest.mark.parametrize("count", [1, 2, 3])
def test_joined_parts_are_the_single_run(tmp_path: Path, count: int) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=40, audio="aac")
    stylize_video(clip, tmp_path / "whole.mp4", Negative(), SETTINGS)
    parts = [tmp_path / f"{number}.nstpart" for number in range(1, count + 1)]
    frames = [
        stylize_part(clip, path, Negative(), SETTINGS, part=number, parts=count) for number, path in enumerate(parts, 1)
    ]
    assert sum(frames) == 40
    assert min(frames) >= 12
    join_parts(clip, tmp_path / "joined.mp4", parts[::-1])
    assert packets(tmp_path / "joined.mp4") == packets(tmp_path / "whole.mp4")
    assert look(tmp_path / "joined.mp4").codecs == ["h264", "aac"]
    assert len(list(tmp_path.iterdir())) == 3 + count
    for path, made in zip(parts, frames, strict=True):
        with path.open("rb") as file:
            assert frames_of_part(file) == made
    with clip.open("rb") as file:
        assert frames_of_part(file) is None
    with pytest.raises(SinkError, match="exists already"):
        join_parts(clip, tmp_path / "joined.mp4", parts)


def test_a_full_disk_is_not_taken_for_a_damaged_part(tmp_path: Path) -> None:
    clip, part = write_clip(tmp_path / "clip.mp4", frames=20, noise=True), tmp_path / "a.nstpart"
    stylize_part(clip, part, Negative(), SETTINGS, part=1, parts=1)
    why = r"cannot write .*out\.mp4 \(.+\); check the free space"
    with at_most_bytes_in_a_file(1000), pytest.raises(SinkError, match=why):
        join_parts(clip, tmp_path / "out.mp4", [part])
    with pytest.raises(SourceError, match=r"none\.nstpart not found; check the path"):
        join_parts(clip, tmp_path / "out.mp4", [tmp_path / "none.nstpart"])
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "a.nstpart"}


def test_parts_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    clip, other = write_clip(tmp_path / "clip.mp4", frames=20), write_clip(tmp_path / "other.mp4", frames=21)
    first, second, third = (tmp_path / f"{name}.nstpart" for name in "abc")
    stylize_part(clip, first, Negative(), SETTINGS, part=1, parts=2)
    stylize_part(clip, second, Negative(), SETTINGS, part=2, parts=2)
    stylize_part(clip, third, Negative(), replace(SETTINGS, quality=30), part=2, parts=2)
    damaged = tmp_path / "d.nstpart"
    damaged.write_bytes(first.read_bytes()[:300])
    before = {path.name for path in tmp_path.iterdir()}
    for source, given, why in (
        (clip, [first], "2/2 missing"),
        (clip, [first, first], "2/2 missing"),
        (other, [first, second], "was made from another video"),
        (clip, [first, third], "other settings"),
        (clip, [damaged, second], "is not a part of a video, or is damaged"),
    ):
        with pytest.raises(SourceError, match=why):
            join_parts(source, tmp_path / "out.mp4", given)
    for part, parts, why in ((1, 4, "too short for 4 parts; make at most 3"), (3, 2, "part 3 of 2 does not exist")):
        with pytest.raises(SourceError, match=why):
            stylize_part(clip, tmp_path / "e.nstpart", Negative(), SETTINGS, part=part, parts=parts)
    assert {path.name for path in tmp_path.iterdir()} == before
