"""Tests GIF, APNG and animated WebP as targets of nstcam video."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from nstcam.realtime.errors import SinkError
from nstcam.realtime.files import work_path
from nstcam.realtime.frame import Frame
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.encoding.animation import write_animation
from nstcam.realtime.video.encoding.encoders import Encoding
from nstcam.realtime.video.encoding.segments import Segment
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.reading.reader import VideoReader
from tests.support.fakes.live import CopyStylizer
from tests.support.media.clips import look, texture, write_clip

TEN = Fraction(10)


def first(path: Path) -> Frame:
    with VideoReader(path) as reader:
        return next(iter(reader)).frame


@pytest.mark.parametrize("kind", ["gif", "apng"])
def test_frames_times_and_size_are_kept(tmp_path: Path, kind: str) -> None:
    clip, out = write_clip(tmp_path / "in.mp4", frames=13, rate=TEN, picture=texture(50, 70)), tmp_path / f"out.{kind}"
    settings = VideoSettings(segment_frames=5)
    report = stylize_video(clip, out, CopyStylizer(), settings)
    seen = look(out)
    assert seen.times == [index / TEN for index in range(13)]
    assert abs(seen.end - Fraction(13, 10)) < Fraction(1, 50)
    assert seen.size_wh == report.size_wh == (70, 50)
    assert (report.frames, report.encoder) == (13, kind)
    assert np.abs(first(out).astype(int) - first(clip)).mean() < (9 if kind == "gif" else 0.01)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["in.mp4", out.name]


def test_a_webp_keeps_them_too(tmp_path: Path) -> None:
    pts = [0, 1, 2, 6, 8]
    clip = write_clip(tmp_path / "in.mp4", pts=pts, rate=TEN, time_base=Fraction(1, 10), picture=texture(48, 64), pan=5)
    stylize_video(clip, tmp_path / "out.webp", CopyStylizer())
    done, animation = cv2.imreadanimation(str(tmp_path / "out.webp"))
    assert done
    assert list(animation.durations) == [100, 100, 400, 200, 100]
    assert animation.loop_count == 0
    with VideoReader(clip) as reader:
        for frame, timed in zip(animation.frames, reader, strict=True):
            assert np.abs(frame[:, :, :3].astype(int) - timed.frame).mean() < 4


@pytest.mark.parametrize("kind", ["gif", "apng", "webp"])
@pytest.mark.parametrize("source", ["gif", "png", "webp"])
def test_the_last_frame_lasts_as_long_as_the_source_says(tmp_path: Path, source: str, kind: str) -> None:
    animation = cv2.Animation()
    animation.frames = [texture(48, 64), texture(48, 64)[::-1].copy(), texture(48, 64)[:, ::-1].copy()]
    animation.durations = [100, 200, 1500]
    assert cv2.imwriteanimation(str(tmp_path / f"in.{source}"), animation)
    stylize_video(tmp_path / f"in.{source}", tmp_path / f"out.{kind}", CopyStylizer(), VideoSettings(segment_frames=2))
    done, seen = cv2.imreadanimation(str(tmp_path / f"out.{kind}"))
    assert done
    assert list(seen.durations) == [100, 200, 1500]


@pytest.mark.parametrize("kind", ["gif", "apng", "webp"])
@pytest.mark.parametrize(("ticks", "milliseconds"), [(1, 33), (2_500_000, 83_333_333)], ids=["short", "a day"])
def test_a_last_frame_fits_into_the_numbers_of_the_format(
    tmp_path: Path, kind: str, ticks: int, milliseconds: int
) -> None:
    tick = Fraction(1, 30)
    encoding = Encoding(
        codec="png", encoder="png", options={}, pix_fmt="rgb24", size_wh=(64, 48), rate=Fraction(30), time_base=tick,
        pixel_aspect=Fraction(1),
    )  # fmt: skip
    pngs = [cv2.imencode(".png", picture)[1] for picture in (texture(48, 64), texture(48, 64)[::-1])]
    sizes = np.array([len(png) for png in pngs])
    segment = Segment(np.array([0, 15]), np.ones(2, bool), sizes, np.concatenate(pngs), 15 + ticks)
    segment.save(tmp_path / "0")
    write_animation(tmp_path / "x", encoding, [tmp_path / "0"], kind, 20, None, target=tmp_path / "x")
    most = {"gif": 655_350, "apng": 65_535_000, "webp": (1 << 24) - 1}[kind]
    _, seen = cv2.imreadanimation(str(tmp_path / "x"))
    assert abs(seen.durations[-1] - min(milliseconds, most)) <= 10


def test_a_gif_has_a_palette_of_its_own_colours_and_plays_over_and_over(tmp_path: Path) -> None:
    """No fixed palette comes near a picture of many greens."""
    greens = np.zeros((48, 64, 3), np.uint8)
    greens[:, :, 1] = np.linspace(60, 250, 64)[None]
    clip = write_clip(tmp_path / "in.mp4", frames=3, picture=greens, rate=TEN)
    stylize_video(clip, tmp_path / "out.gif", CopyStylizer())
    assert np.abs(first(tmp_path / "out.gif").astype(int) - first(clip)).max() <= 8
    assert b"NETSCAPE2.0\x03\x01\x00\x00" in (tmp_path / "out.gif").read_bytes()


def test_a_gif_has_no_frames_that_browsers_would_slow_down(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "in.mp4", frames=24, rate=Fraction(120))
    stylize_video(clip, tmp_path / "out.gif", CopyStylizer())
    seen = look(tmp_path / "out.gif")
    steps = np.diff([float(at) for at in seen.times])
    assert len(seen.times) >= 8
    assert steps.min() >= 0.0199
    assert abs(seen.end - Fraction(1, 5)) <= Fraction(3, 100)


@pytest.mark.parametrize("kind", ["gif", "apng", "webp"])
def test_a_limit_makes_it_smaller_until_it_is_kept(tmp_path: Path, kind: str) -> None:
    clip = write_clip(tmp_path / "in.mp4", frames=4, picture=texture(192, 256), rate=TEN)
    whole = stylize_video(clip, tmp_path / f"a.{kind}", CopyStylizer())
    limit = (tmp_path / f"a.{kind}").stat().st_size // 3
    report = stylize_video(clip, tmp_path / f"b.{kind}", CopyStylizer(), max_size=limit)
    assert (tmp_path / f"b.{kind}").stat().st_size <= limit
    assert whole.size_wh == (256, 192)
    assert 32 <= report.size_wh[1] < 192
    assert abs(report.size_wh[0] / report.size_wh[1] - 4 / 3) < 0.05


def test_a_limit_that_cannot_be_kept_is_told_and_the_work_is_not_lost(tmp_path: Path) -> None:
    clip, out = write_clip(tmp_path / "in.mp4", frames=4, picture=texture(96, 128), rate=TEN), tmp_path / "out.gif"
    with pytest.raises(SinkError, match=r"in 500 bytes: it has [0-9,]+ at 43x32; shorten it"):
        stylize_video(clip, out, CopyStylizer(), max_size=500)
    assert not out.exists()
    assert work_path(out).exists()
    assert stylize_video(clip, out, CopyStylizer(), resume=True).resumed_at == 4
    assert out.exists()
    assert not work_path(out).exists()


def test_sound_is_left_out_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clip = write_clip(tmp_path / "in.mp4", frames=4, audio="aac")
    stylize_video(clip, tmp_path / "out.gif", CopyStylizer())
    assert caplog.messages == [f"the sound of {clip} is left out: out.gif holds none"]
    with av.open(str(tmp_path / "out.gif")) as container:
        assert len(container.streams) == 1


def test_an_animation_is_a_source(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "in.mp4", frames=5, rate=TEN)
    for kind in ("gif", "apng"):
        stylize_video(clip, tmp_path / f"a.{kind}", CopyStylizer())
        stylize_video(tmp_path / f"a.{kind}", tmp_path / f"{kind}.mp4", CopyStylizer())
        assert look(tmp_path / f"{kind}.mp4").times == [index / TEN for index in range(5)]
