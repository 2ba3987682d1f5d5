"""Tests runs to and from numbered pictures that were interrupted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import pytest

from nstcam.realtime.errors import SinkError
from nstcam.realtime.files import work_path
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.pipeline import Progress
from nstcam.realtime.video.prepared import Stopped
from tests.support.fakes.live import CopyStylizer
from tests.support.media.clips import packets
from tests.support.media.numbered_pictures import blues, level, write_pictures

FAST = VideoSettings(fps="30")


def stopping_after(count: int) -> dict[str, Any]:
    done: list[Progress] = []
    return {"progress": done.append, "stop": lambda: len(done) >= count}


def test_an_interrupted_run_continues_with_the_same_pictures(tmp_path: Path) -> None:
    source = write_pictures(tmp_path / "in", list(range(1, 13)))
    settings = VideoSettings(fps="30", segment_frames=5, steady=0.5)
    whole, out = tmp_path / "whole" / "%d.png", tmp_path / "out" / "%d.png"
    stylize_video(source, whole, CopyStylizer(), settings)
    with pytest.raises(Stopped):
        stylize_video(source, out, CopyStylizer(), settings, **stopping_after(8))
    assert [path.name for path in (tmp_path / "out").iterdir()] == [work_path(out).name]
    with pytest.raises(SinkError, match="was interrupted after 5 frames; add --resume"):
        stylize_video(source, out, CopyStylizer(), settings)
    with pytest.raises(SinkError, match="used fps 30, not 25"):
        stylize_video(source, out, CopyStylizer(), VideoSettings(fps="25", segment_frames=5, steady=0.5), resume=True)
    report = stylize_video(source, out, CopyStylizer(), settings, resume=True)
    assert (report.frames, report.resumed_at) == (12, 5)
    for number in range(1, 13):
        name = f"{number}.png"
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert not work_path(out).exists()


def test_another_picture_in_the_source_is_noticed(tmp_path: Path) -> None:
    source = write_pictures(tmp_path / "in", list(range(1, 13)))
    settings = VideoSettings(fps="30", segment_frames=5)
    out = tmp_path / "out.mp4"
    with pytest.raises(Stopped):
        stylize_video(source, out, CopyStylizer(), settings, **stopping_after(8))
    cv2.imwrite(str(tmp_path / "in" / "003.png"), level(20))
    with pytest.raises(SinkError, match="used another source file"):
        stylize_video(source, out, CopyStylizer(), settings, resume=True)


def test_pictures_that_cannot_be_placed_leave_what_is_done(tmp_path: Path) -> None:
    """A folder in the place of a picture: the rest of a run is kept, and continues once that is away."""
    source = write_pictures(tmp_path / "in", [1, 2, 3])
    (tmp_path / "out" / "3.png").mkdir(parents=True)
    (tmp_path / "out" / "3.png" / "mine").touch()
    with pytest.raises(SinkError, match="cannot write"):
        stylize_video(source, tmp_path / "out" / "%d.png", CopyStylizer(), FAST)
    assert (tmp_path / "out" / "3.png" / "mine").exists()
    (tmp_path / "out" / "3.png").rename(tmp_path / "moved")
    stylize_video(source, tmp_path / "out" / "%d.png", CopyStylizer(), FAST, resume=True, overwrite=True)
    assert blues(tmp_path / "out") == {"1.png": 10, "2.png": 20, "3.png": 30}


def test_a_journal_of_pictures_takes_no_pixel_format_from_the_file(tmp_path: Path) -> None:
    source = write_pictures(tmp_path / "in", list(range(1, 13)))
    settings, out = VideoSettings(fps="30", segment_frames=5), tmp_path / "out.mkv"
    with pytest.raises(Stopped):
        stylize_video(source, out, CopyStylizer(), settings, **stopping_after(8))
    path = work_path(out) / "journal.json"
    journal = json.loads(path.read_text())
    journal["encoding"]["pix_fmt"] = "rgba"
    path.write_text(json.dumps(journal))
    with pytest.raises(SinkError, match=r"journal .* is missing or damaged"):
        stylize_video(source, out, CopyStylizer(), settings, resume=True)


def test_packets_of_pictures_are_the_same_again(tmp_path: Path) -> None:
    source = write_pictures(tmp_path / "in", [1, 2, 3])
    for name in ("a.mp4", "b.mp4"):
        stylize_video(source, tmp_path / name, CopyStylizer(), FAST)
    assert packets(tmp_path / "a.mp4") == packets(tmp_path / "b.mp4")
