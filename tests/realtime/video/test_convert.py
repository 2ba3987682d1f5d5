"""Tests converting video files with a fake stylizer; PyAV reads the results."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from nstcam.realtime.frame import Frame
from nstcam.realtime.stylizing import UNMOVED, Offset
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.pipeline import AHEAD, Progress
from nstcam.realtime.video.reading.frames import TimedFrame
from nstcam.realtime.video.reading.reader import VideoReader
from tests.support.fakes.live import CopyStylizer, PlainStylizer
from tests.support.media.clips import NTSC, RED, corner_names, look, packets, quadrants, texture, write_clip


class Invert(PlainStylizer):
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
    stylize_video(clip, tmp_path / "out.mp4", CopyStylizer())
    assert look(tmp_path / "out.mp4").times == [Fraction(at, 24) for at in pts]


def test_phone_video_is_written_upright(tmp_path: Path) -> None:
    stored = np.ascontiguousarray(np.rot90(quadrants()))
    clip = write_clip(tmp_path / "clip.mp4", picture=stored, matrix=(0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30))
    stylize_video(clip, tmp_path / "out.mp4", CopyStylizer())
    assert look(tmp_path / "out.mp4").size_wh == (64, 48)
    with VideoReader(tmp_path / "out.mp4") as reader:  # no rotation left that would turn it once more
        assert corner_names(next(iter(reader)).frame) == "rgbw"


@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "h264"), (".mkv", "h264"), (".webm", "vp9"), (".mkv", "av1")])
@pytest.mark.parametrize("turned", [False, True])
def test_the_picture_is_as_wide_as_players_show_it(tmp_path: Path, suffix: str, codec: str, turned: bool) -> None:
    matrix = (0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30) if turned else None
    clip = write_clip(tmp_path / "clip.mp4", aspect=Fraction(4, 3), matrix=matrix)
    report = stylize_video(clip, tmp_path / f"out{suffix}", CopyStylizer(), VideoSettings(codec=codec))
    assert report.encoder == {"h264": "libx264", "vp9": "libvpx-vp9", "av1": "libsvtav1"}[codec]
    with VideoReader(tmp_path / f"out{suffix}") as out:
        width, height = out.size_wh
        assert (width, height) == report.size_wh
        shown = width * out.pixel_aspect / height
    wide = Fraction(64 * 4, 48 * 3)
    assert float(shown) == pytest.approx(float(1 / wide if turned else wide), abs=0.02)


@pytest.mark.parametrize("size_wh", [(65, 48), (64, 49), (65, 49)])
@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_odd_sizes_are_kept(tmp_path: Path, size_wh: tuple[int, int], suffix: str) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=3, picture=quadrants(size_wh[1], size_wh[0]))
    stylize_video(clip, tmp_path / f"out{suffix}", CopyStylizer())
    seen = look(tmp_path / f"out{suffix}")
    assert seen.size_wh == size_wh
    assert corner_names(seen.first) == "rgbw"


def test_red_is_coded_as_bt709_and_tagged_so(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "red.mp4", frames=2, picture=np.full((48, 64, 3), RED, np.uint8))
    stylize_video(clip, tmp_path / "out.mp4", CopyStylizer())
    seen = look(tmp_path / "out.mp4")
    assert np.abs(np.subtract(seen.yuv, (63, 102, 240))).max() <= 2  # BT.601 would be 82, 90, 240
    assert seen.tags == (1, 1, 1, 1)
    assert np.abs(seen.first.astype(int) - RED).max() <= 8


def test_the_stroke_scale_is_for_the_stylizer_only(tmp_path: Path) -> None:
    clip, stylizer = write_clip(tmp_path / "clip.mp4", frames=2, picture=quadrants(96, 160)), CopyStylizer()
    stylize_video(clip, tmp_path / "out.mp4", stylizer, VideoSettings(stroke_scale=8.3))
    assert set(stylizer.sizes_wh) == {(80, 48)}
    seen = look(tmp_path / "out.mp4")
    assert seen.size_wh == (160, 96)
    assert corner_names(seen.first) == corner_names(quadrants(96, 160))


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    told: list[Progress] = []
    began = time.monotonic()
    stylize_video(
        write_clip(tmp_path / "clip.mp4"), tmp_path / "out.mp4", CopyStylizer(wait=0.02), progress=told.append
    )
    took = time.monotonic() - began
    assert [p.frames for p in told] == list(range(1, 13))
    assert {p.total for p in told} == {12}
    assert 12 / took <= told[-1].fps <= 1 / 0.02


def test_decoding_runs_ahead_but_not_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[int] = []
    original = VideoReader.__iter__

    def counting(self: VideoReader) -> Iterator[TimedFrame]:
        for timed in original(self):
            decoded.append(threading.get_ident())
            yield timed

    monkeypatch.setattr(VideoReader, "__iter__", counting)
    stylizer = CopyStylizer(wait=0.02)
    leads: list[int] = []
    clip = write_clip(tmp_path / "clip.mp4", frames=20)
    stylize_video(clip, tmp_path / "out.mp4", stylizer, progress=lambda p: leads.append(len(decoded) - p.frames))
    assert 1 <= max(leads) <= AHEAD
    assert stylizer.threads == {threading.get_ident()}  # a Stylizer stays in the caller's thread
    assert threading.get_ident() not in decoded


class CopyTwo(CopyStylizer):
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
        self.both.wait(60)
        return super().stylize(frame)


def test_two_frames_at_once_change_nothing_in_the_video(tmp_path: Path) -> None:
    clip, settings = write_clip(tmp_path / "clip.mp4", frames=20), VideoSettings(stroke_scale=10)
    stylizer = CopyTwo()
    stylize_video(clip, tmp_path / "one.mkv", CopyStylizer(), settings)
    stylize_video(clip, tmp_path / "two.mkv", stylizer, settings)
    assert stylizer.warmed == [(40, 52)]
    assert packets(tmp_path / "one.mkv") == packets(tmp_path / "two.mkv")


@pytest.mark.parametrize("stroke_scale", [1, 10])
def test_dark_frames_are_painted_brighter_if_that_is_asked_for(tmp_path: Path, stroke_scale: float) -> None:
    dark = np.asarray(texture(48, 64) // 4, np.uint8)
    clip = write_clip(tmp_path / "clip.mp4", frames=3, picture=dark)
    means = []
    for brighten in (False, True):
        target = tmp_path / f"{brighten}.mp4"
        stylize_video(clip, target, CopyStylizer(), VideoSettings(stroke_scale=stroke_scale, brighten=brighten))
        means.append(look(target).first.mean())
    assert means[0] == pytest.approx(dark.mean(), abs=3)
    assert means[1] > 1.5 * means[0]
