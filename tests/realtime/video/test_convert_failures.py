"""Tests conversions that fail, are stopped or are refused: the output is complete or unchanged."""

from __future__ import annotations

import errno
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from av.video.frame import VideoFrame

from nstcam.realtime.errors import NstError, SinkError, SourceError
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.encoding.segments import Segment
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.prepared import Stopped
from nstcam.realtime.video.reading.frames import TimedFrame
from nstcam.realtime.video.reading.reader import VideoReader
from nstcam.realtime.video.writer import VideoWriter
from tests.support.fakes.live import CopyStylizer
from tests.support.full_disk import at_most_bytes_in_a_file
from tests.support.media.clips import NTSC, look, quadrants, write_clip, write_tone


def fails_in_stylizer(clip: Path, target: Path) -> None:
    stylize_video(clip, target, CopyStylizer(fail_at=5), overwrite=True)


def fails_in_decoder(clip: Path, target: Path) -> None:
    def breaking(self: VideoReader) -> Iterator[TimedFrame]:
        yield TimedFrame(quadrants(), 0, 1)
        raise NstError("the decoder broke")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(VideoReader, "__iter__", breaking)
        stylize_video(clip, target, CopyStylizer(), overwrite=True)


def fails_in_encoder(clip: Path, target: Path) -> None:
    with at_most_bytes_in_a_file(500):
        stylize_video(clip, target, CopyStylizer(), overwrite=True)


def fails_in_encoder_once(clip: Path, target: Path) -> None:
    encode = VideoWriter.encode

    def breaking(self: VideoWriter, yuv: VideoFrame) -> None:
        assert yuv.pts is not None
        if yuv.pts * self.time_base == 3 / NTSC:
            raise SinkError("the encoder broke")
        encode(self, yuv)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(VideoWriter, "encode", breaking)
        stylize_video(clip, target, CopyStylizer(), overwrite=True)


def fails_while_a_segment_is_drained(clip: Path, target: Path) -> None:
    def full(self: Segment, path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Segment, "save", full)
        stylize_video(clip, target, CopyStylizer(), VideoSettings(segment_frames=8), overwrite=True)


def is_stopped(clip: Path, target: Path) -> None:
    stylizer = CopyStylizer()
    try:
        stylize_video(clip, target, stylizer, overwrite=True, stop=lambda: len(stylizer.sizes_wh) == 5)
    finally:
        assert len(stylizer.sizes_wh) == 5


@pytest.mark.parametrize(
    ("failing", "error", "why"),
    [
        (fails_in_stylizer, NstError, "the stylizer broke"),
        (fails_in_decoder, NstError, "the decoder broke"),
        (fails_in_encoder, SinkError, "cannot write"),
        (fails_in_encoder_once, SinkError, "the encoder broke"),
        (fails_while_a_segment_is_drained, SinkError, "No space left on device"),
        (is_stopped, Stopped, "after 4 frames"),
    ],
)
def test_failure_leaves_nothing_and_the_target_as_it_was(
    tmp_path: Path, failing: object, error: type[Exception], why: str
) -> None:
    clip, target = write_clip(tmp_path / "clip.mp4", frames=30, audio="aac"), tmp_path / "out.mp4"
    target.write_bytes(b"older")
    threads = set(threading.enumerate())
    assert callable(failing)
    with pytest.raises(error, match=why) as caught:
        failing(clip, target)
    assert "\n" not in str(caught.value)
    assert target.read_bytes() == b"older"
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "out.mp4"}
    assert set(threading.enumerate()) <= threads


def test_overwrite_replaces(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    target.write_bytes(b"older")
    stylize_video(write_clip(tmp_path / "clip.mp4"), target, CopyStylizer(), overwrite=True)
    assert len(look(target).times) == 12


def test_targets_are_refused_before_any_work(tmp_path: Path) -> None:
    clip, stylizer = write_clip(tmp_path / "clip.mp4"), CopyStylizer()
    (tmp_path / "there.mp4").write_bytes(b"older")
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "painted").mkdir()
    (tmp_path / "same.mp4").symlink_to(clip)
    for target, overwrite, why in (
        ("there.mp4", False, "exists already; choose another name or add --overwrite"),
        ("clip.mp4", True, "is the source itself"),
        ("same.mp4", True, "is the source itself"),
        ("out.txt", False, r"must end in one of \.mp4, \.m4v, \.mov, \.mkv, \.webm"),
        ("out", False, "must end in one of"),
        ("nowhere/out.mp4", False, "there is no folder"),
        ("folder.mp4", True, "is a folder"),
        ("painted", False, "is a folder; give the name of a file in it"),
    ):
        with pytest.raises(SinkError, match=why):
            stylize_video(clip, tmp_path / target, stylizer, overwrite=overwrite)
    assert stylizer.sizes_wh == []
    assert (tmp_path / "there.mp4").read_bytes() == b"older"
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "there.mp4", "folder.mp4", "painted", "same.mp4"}


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that refuses even root")
def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=r"cannot make a work folder beside /proc/out.mp4 \(.+\); choose another"):
        stylize_video(write_clip(tmp_path / "clip.mp4"), Path("/proc/out.mp4"), CopyStylizer())


def test_bad_sources_leave_nothing(tmp_path: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("not a video\n" * 100)
    (tmp_path / "folder").mkdir()
    sources = {
        tmp_path / "missing.mp4": "not found",
        tmp_path / "folder": "is a folder; add --output-dir FOLDER",
        text: "not a video",
        write_tone(tmp_path / "tone.m4a"): "no video stream, only audio;",
        write_clip(tmp_path / "tiny.mp4", picture=quadrants(16, 24)): "is 24x16, styles need at least 32x32",
    }
    before = {path.name for path in tmp_path.iterdir()}
    for source, why in sources.items():
        with pytest.raises(SourceError, match=why):
            stylize_video(source, tmp_path / "out.mp4", CopyStylizer())
    assert {path.name for path in tmp_path.iterdir()} == before


def test_a_file_cut_short_is_finished_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = write_clip(tmp_path / "whole.mp4", frames=40, noise=True, audio="aac")
    clip = tmp_path / "cut.mp4"
    clip.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with caplog.at_level(logging.WARNING):
        report = stylize_video(clip, tmp_path / "out.mp4", CopyStylizer())
    assert 5 < report.frames < 40
    assert len(look(tmp_path / "out.mp4").times) == report.frames
    assert "cut short or damaged" in caplog.text
    assert capfd.readouterr().err == ""
