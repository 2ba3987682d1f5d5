"""Video files through a stand-in stylizer, looked at again with PyAV."""

from __future__ import annotations

import errno
import logging
import sys
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame

from realtime import convert
from realtime.convert import Progress, Stopped, VideoSettings, stylize_video
from realtime.errors import NstError, SinkError, SourceError
from realtime.frame import Frame, check_frame
from realtime.segments import Segment
from realtime.style import UNMOVED, Offset
from realtime.videofile import TimedFrame, VideoReader
from realtime.videowriter import VideoWriter
from tests.clips import NTSC, RED, corner_names, look, quadrants, write_clip, write_tone
from tests.test_resume import packets


class Copy:
    """Gives frames back; remembers their sizes; can fail or wait."""

    def __init__(self, fail_at: int = 0, wait: float = 0) -> None:
        self.sizes_wh: list[tuple[int, int]] = []
        self.threads: set[int] = set()
        self._fail_at, self._wait = fail_at, wait

    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:
        check_frame(frame)
        self.sizes_wh.append((frame.shape[1], frame.shape[0]))
        self.threads.add(threading.get_ident())
        if len(self.sizes_wh) == self._fail_at:
            raise NstError("the stylizer broke")
        time.sleep(self._wait)
        return frame.copy()


class Invert:
    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:
        return 255 - frame


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".m4v", ".webm"])
def test_frames_times_and_rate_are_kept(tmp_path: Path, suffix: str) -> None:
    clip, target = write_clip(tmp_path / "clip.mp4", frames=20), tmp_path / f"out{suffix}"

    report = stylize_video(clip, target, Invert())

    seen = look(target)
    tick = Fraction(1, 1000) if suffix in (".mkv", ".webm") else 0
    assert len(seen.times) == report.frames == 20
    assert all(abs(at - index / NTSC) <= tick for index, at in enumerate(seen.times))
    assert abs(seen.end - 20 / NTSC) <= tick * 2
    assert report.duration == pytest.approx(20 / NTSC)
    assert seen.rate == NTSC
    assert seen.size_wh == report.size_wh == (64, 48)
    assert corner_names(255 - seen.first) == "rgbw"
    assert seen.codecs == ["vp9" if suffix == ".webm" else "h264"]
    assert (report.audio_copied, report.audio_encoded) == (0, 0)
    assert [path.name for path in tmp_path.iterdir() if path != clip] == [target.name]


def test_variable_rate_stays_variable(tmp_path: Path) -> None:
    pts = [0, 1, 2, 6, 10, 30, 31]
    clip = write_clip(tmp_path / "clip.mp4", pts=pts, time_base=Fraction(1, 24), rate=Fraction(24))
    stylize_video(clip, tmp_path / "out.mp4", Copy())
    assert look(tmp_path / "out.mp4").times == [Fraction(at, 24) for at in pts]


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


def test_phone_video_is_written_upright(tmp_path: Path) -> None:
    stored = np.ascontiguousarray(np.rot90(quadrants()))
    clip = write_clip(tmp_path / "clip.mp4", picture=stored, matrix=(0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30))
    stylize_video(clip, tmp_path / "out.mp4", Copy())
    assert look(tmp_path / "out.mp4").size_wh == (64, 48)
    with VideoReader(tmp_path / "out.mp4") as reader:  # no rotation left that would turn it once more
        assert corner_names(next(iter(reader)).frame) == "rgbw"


@pytest.mark.parametrize("size_wh", [(65, 48), (64, 49), (65, 49)])
@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_odd_sizes_are_kept(tmp_path: Path, size_wh: tuple[int, int], suffix: str) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=3, picture=quadrants(size_wh[1], size_wh[0]))
    stylize_video(clip, tmp_path / f"out{suffix}", Copy())
    seen = look(tmp_path / f"out{suffix}")
    assert seen.size_wh == size_wh
    assert corner_names(seen.first) == "rgbw"


def test_red_is_coded_as_bt709_and_tagged_so(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "red.mp4", frames=2, picture=np.full((48, 64, 3), RED, np.uint8))
    stylize_video(clip, tmp_path / "out.mp4", Copy())
    seen = look(tmp_path / "out.mp4")
    assert np.abs(np.subtract(seen.yuv, (63, 102, 240))).max() <= 2  # BT.601 would be 82, 90, 240
    assert seen.tags == (1, 1, 1, 1)
    assert np.abs(seen.first.astype(int) - RED).max() <= 8


def test_work_size_is_for_the_stylizer_only(tmp_path: Path) -> None:
    clip, stylizer = write_clip(tmp_path / "clip.mp4", frames=2, picture=quadrants(96, 160)), Copy()
    stylize_video(clip, tmp_path / "out.mp4", stylizer, VideoSettings(work_size=(80, 80)))
    assert set(stylizer.sizes_wh) == {(80, 48)}
    assert look(tmp_path / "out.mp4").size_wh == (160, 96)
    with pytest.raises(SourceError, match="raise the work size"):
        stylize_video(clip, tmp_path / "small.mp4", stylizer, VideoSettings(work_size=(40, 40)))


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    told: list[Progress] = []
    stylize_video(write_clip(tmp_path / "clip.mp4"), tmp_path / "out.mp4", Copy(), progress=told.append)
    assert [p.frames for p in told] == list(range(1, 13))
    assert {p.total for p in told} == {12}
    assert told[-1].eta == 0
    assert told[5].eta == pytest.approx(6 / told[5].fps)
    assert told[5].fps == pytest.approx(6 / told[5].elapsed)


def test_decoding_runs_ahead_but_not_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[int] = []
    original = VideoReader.__iter__

    def counting(self: VideoReader) -> Iterator[TimedFrame]:
        for timed in original(self):
            decoded.append(threading.get_ident())
            yield timed

    monkeypatch.setattr(VideoReader, "__iter__", counting)
    stylizer = Copy(wait=0.02)
    leads: list[int] = []
    clip = write_clip(tmp_path / "clip.mp4", frames=20)
    stylize_video(clip, tmp_path / "out.mp4", stylizer, progress=lambda p: leads.append(len(decoded) - p.frames))
    assert 1 <= max(leads) <= convert.AHEAD
    assert stylizer.threads == {threading.get_ident()}  # a Stylizer stays in the caller's thread
    assert threading.get_ident() not in decoded


def fails_in_stylizer(clip: Path, target: Path) -> None:
    stylize_video(clip, target, Copy(fail_at=5), overwrite=True)


def fails_in_decoder(clip: Path, target: Path) -> None:
    def breaking(self: VideoReader) -> Iterator[TimedFrame]:
        yield TimedFrame(quadrants(), 0, 1)
        raise NstError("the decoder broke")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(VideoReader, "__iter__", breaking)
        stylize_video(clip, target, Copy(), overwrite=True)


def fails_in_encoder(clip: Path, target: Path) -> None:
    resource = pytest.importorskip("resource", reason="Unix only")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, hard))  # like a full disk
    try:
        stylize_video(clip, target, Copy(), overwrite=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def fails_in_encoder_once(clip: Path, target: Path) -> None:
    encode = VideoWriter.encode

    def breaking(self: VideoWriter, yuv: VideoFrame) -> None:
        assert yuv.pts is not None
        if yuv.pts * self.time_base == 3 / NTSC:
            raise SinkError("the encoder broke")
        encode(self, yuv)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(VideoWriter, "encode", breaking)
        stylize_video(clip, target, Copy(), overwrite=True)


def fails_while_a_segment_is_drained(clip: Path, target: Path) -> None:
    def full(self: Segment, path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Segment, "save", full)
        stylize_video(clip, target, Copy(), VideoSettings(segment_frames=8), overwrite=True)


def is_stopped(clip: Path, target: Path) -> None:
    stylizer = Copy()
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
    threads = threading.active_count()
    assert callable(failing)
    with pytest.raises(error, match=why) as caught:
        failing(clip, target)
    assert "\n" not in str(caught.value)
    assert target.read_bytes() == b"older"
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "out.mp4"}
    assert threading.active_count() == threads


def test_overwrite_replaces(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    target.write_bytes(b"older")
    stylize_video(write_clip(tmp_path / "clip.mp4"), target, Copy(), overwrite=True)
    assert len(look(target).times) == 12


def test_targets_are_refused_before_any_work(tmp_path: Path) -> None:
    clip, stylizer = write_clip(tmp_path / "clip.mp4"), Copy()
    (tmp_path / "there.mp4").write_bytes(b"older")
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "same.mp4").symlink_to(clip)
    for target, overwrite, why in (
        ("there.mp4", False, "exists already; choose another name or add --overwrite"),
        ("clip.mp4", True, "is the source itself"),
        ("same.mp4", True, "is the source itself"),
        ("out.gif", False, r"must end in one of \.mp4, \.m4v, \.mov, \.mkv, \.webm"),
        ("out", False, "must end in one of"),
        ("nowhere/out.mp4", False, "there is no folder"),
        ("folder.mp4", True, "is a folder"),
    ):
        with pytest.raises(SinkError, match=why):
            stylize_video(clip, tmp_path / target, stylizer, overwrite=overwrite)
    assert stylizer.sizes_wh == []
    assert (tmp_path / "there.mp4").read_bytes() == b"older"
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "there.mp4", "folder.mp4", "same.mp4"}


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that refuses even root")
def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=r"cannot write in /proc \(.+\); choose another folder"):
        stylize_video(write_clip(tmp_path / "clip.mp4"), Path("/proc/out.mp4"), Copy())


def test_bad_sources_leave_nothing(tmp_path: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("not a video\n" * 100)
    (tmp_path / "folder").mkdir()
    sources = {
        tmp_path / "missing.mp4": "not found",
        tmp_path / "folder": "is a folder; with --output-dir",
        text: "not a video",
        write_tone(tmp_path / "tone.m4a"): "no video stream, only audio",
        write_clip(tmp_path / "tiny.mp4", picture=quadrants(16, 24)): "is 24x16, styles need at least 32x32",
    }
    before = {path.name for path in tmp_path.iterdir()}
    for source, why in sources.items():
        with pytest.raises(SourceError, match=why):
            stylize_video(source, tmp_path / "out.mp4", Copy())
    assert {path.name for path in tmp_path.iterdir()} == before


def test_a_file_cut_short_is_finished_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = write_clip(tmp_path / "whole.mp4", frames=40, noise=True, audio="aac")
    clip = tmp_path / "cut.mp4"
    clip.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with caplog.at_level(logging.WARNING):
        report = stylize_video(clip, tmp_path / "out.mp4", Copy())
    assert 5 < report.frames < 40
    assert len(look(tmp_path / "out.mp4").times) == report.frames
    assert "cut short or damaged" in caplog.text
    assert capfd.readouterr().err == ""


class CopyTwo(Copy):
    """Takes two frames at once, and wants to know their size before. Either waits for the other."""

    def __init__(self) -> None:
        super().__init__()
        self.at_once = 2
        self.warmed: list[tuple[int, int]] = []
        self.both = threading.Barrier(2)

    def warm_up(self, height: int, width: int) -> None:
        assert not self.sizes_wh
        self.warmed.append((height, width))

    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:
        self.both.wait(10)
        return super().stylize(frame)


def test_two_frames_at_once_change_nothing_in_the_video(tmp_path: Path) -> None:
    clip, settings = write_clip(tmp_path / "clip.mp4", frames=20), VideoSettings(work_size=(48, 48))
    stylizer = CopyTwo()
    stylize_video(clip, tmp_path / "one.mkv", Copy(), settings)
    stylize_video(clip, tmp_path / "two.mkv", stylizer, settings)
    assert stylizer.warmed == [(36, 48)]
    assert packets(tmp_path / "one.mkv") == packets(tmp_path / "two.mkv")
