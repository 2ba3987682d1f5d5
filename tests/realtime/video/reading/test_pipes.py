"""Tests standard input, or an address, in place of a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nstcam.realtime.errors import SourceError
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.journal import settings_values
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.pipeline import Progress
from nstcam.realtime.video.prepared import Stopped
from nstcam.realtime.video.reading.pipes import PIPE
from tests.support.fakes.live import CopyStylizer
from tests.support.media.clips import look, texture, write_clip
from tests.support.media.pipes import feed, frames_of, piped
from tests.support.network.web import serving

RAW = VideoSettings(size=(70, 50), pixels="bgr24", fps="10")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "in.mkv", frames=5, picture=texture(50, 70))


def test_raw_pixels_go_through_unchanged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clip: Path) -> None:
    data = piped(clip, "rawvideo", VideoSettings(pixels="bgr24"))
    assert data == b"".join(frame.tobytes() for frame in frames_of(clip))
    feed(monkeypatch, data)
    assert piped(PIPE, "rawvideo", RAW) == data
    feed(monkeypatch, data)
    report = stylize_video(PIPE, tmp_path / "out.mp4", CopyStylizer(), RAW)
    assert (report.frames, report.duration) == (5, 0.5)
    assert look(tmp_path / "out.mp4").rate == 10


@pytest.mark.parametrize("kind", ["y4m", "nut", "matroska"])
def test_what_is_written_can_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clip: Path, kind: str) -> None:
    feed(monkeypatch, piped(clip, kind))
    stylize_video(PIPE, tmp_path / "out.mkv", CopyStylizer(), VideoSettings(quality=4))
    assert look(tmp_path / "out.mkv").times == look(clip).times
    assert np.abs(frames_of(tmp_path / "out.mkv")[2].astype(int) - frames_of(clip)[2]).mean() < 9
    assert {path.name for path in tmp_path.iterdir()} == {"in.mkv", "out.mkv"}


def test_wrong_streams_are_refused_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for data in (b"", b"hello\n" * 1000, b"#EXTM3U\nhttp://127.0.0.1/a.ts\n"):
        feed(monkeypatch, data)
        with pytest.raises(SourceError, match=r"standard input is not a video .*pipe y4m, nut or matroska"):
            stylize_video(PIPE, tmp_path / "out.mp4", CopyStylizer())
    feed(monkeypatch, bytes(100))
    with pytest.raises(SourceError, match="standard input: no frame can be decoded"):
        stylize_video(PIPE, tmp_path / "out.mp4", CopyStylizer(), RAW)
    huge = VideoSettings(size=(60000, 60000), pixels="rgba", fps="10")
    with pytest.raises(SourceError, match=r"standard input is 60000x60000, 3600.0 megapixels, and the limit"):
        stylize_video(PIPE, tmp_path / "out.mp4", CopyStylizer(), huge)
    assert not list(tmp_path.iterdir())


def test_an_interrupted_stream_leaves_nothing_to_resume(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clip: Path, caplog: pytest.LogCaptureFixture
) -> None:
    feed(monkeypatch, piped(clip, "nut"))
    done: list[Progress] = []
    settings = VideoSettings(segment_frames=2)
    with pytest.raises(Stopped):
        stylize_video(
            PIPE, tmp_path / "out.mp4", CopyStylizer(), settings, progress=done.append, stop=lambda: len(done) > 3
        )
    assert [path.name for path in tmp_path.iterdir()] == ["in.mkv"]
    assert not caplog.messages


def test_an_address_is_read_in_place_of_standard_input(tmp_path: Path, clip: Path) -> None:
    with serving(tmp_path) as address:
        settings = VideoSettings(url=f"{address}/{clip.name}?token=secret", end=0.15)
        stylize_video(PIPE, tmp_path / "out.mp4", CopyStylizer(), settings)
        times = [float(time) for time in look(tmp_path / "out.mp4").times]
        assert times == pytest.approx([float(time) for time in look(clip).times if time < 0.15], abs=0.001)
        assert times
        with pytest.raises(SourceError) as told:
            stylize_video(PIPE, tmp_path / "b.mp4", CopyStylizer(), VideoSettings(url=f"{address}/no.mkv?token=secret"))
    assert "/no.mkv could not be opened; check the address, user and password" in str(told.value)
    assert "secret" not in str(told.value)


def test_an_address_leads_nowhere_else(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "list.txt").write_text(f"ffconcat version 1.0\nfile {clip}\n")
    with serving(tmp_path) as address, pytest.raises(SourceError):
        stylize_video(PIPE, tmp_path / "out.mp4", CopyStylizer(), VideoSettings(url=f"{address}/list.txt"))
    with pytest.raises(SourceError, match="is of a format that is not opened unasked"):
        stylize_video(PIPE, tmp_path / "out.mp4", CopyStylizer(), VideoSettings(url=f"file://{clip}"))


def test_a_journal_holds_no_address() -> None:
    assert "url" not in settings_values(VideoSettings(url="rtsp://u:secret@host/"), "h264", "1/1")
