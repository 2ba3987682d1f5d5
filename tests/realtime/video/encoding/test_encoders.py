"""Tests which encoder is chosen, and that its files play."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
from av.codec.hwaccel import HWAccel
from av.video.codeccontext import VideoCodecContext

from nstcam.realtime.errors import SinkError
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.encoding import encoders
from nstcam.realtime.video.encoding.encoder import Encoder
from nstcam.realtime.video.encoding.encoders import ENCODERS, Encoding
from nstcam.realtime.video.journal import encoding_from
from nstcam.realtime.video.painting import VideoSettings
from tests.support.fakes.live import CopyStylizer
from tests.support.media.clips import corner_names, look, quadrants, write_clip
from tests.support.media.pipes import frames_of
from tests.support.media.symmetric import aside, write_symmetric

choose_encoding = partial(
    encoders.choose_encoding, size_wh=(64, 48), rate=Fraction(25), time_base=Fraction(1, 25), pixel_aspect=Fraction(1)
)


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1"])
@pytest.mark.parametrize("size_wh", [(64, 48), (65, 49)])
def test_every_codec_keeps_pictures_and_sizes(
    tmp_path: Path, codec: str, size_wh: tuple[int, int], capfd: pytest.CaptureFixture[str]
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", picture=quadrants(size_wh[1], size_wh[0]), frames=5)
    report = stylize_video(clip, tmp_path / "out.mp4", CopyStylizer(), VideoSettings(codec=codec, encoder="software"))
    seen = look(tmp_path / "out.mp4")
    assert (seen.codecs, seen.size_wh, len(seen.times)) == ([codec], size_wh, 5)
    assert corner_names(seen.first) == "rgbw"
    assert report.encoder == {"h264": "libx264", "hevc": "libx265", "av1": "libsvtav1"}[codec]
    assert capfd.readouterr().err == ""
    with av.open(str(tmp_path / "out.mp4")) as container:  # hev1 would not play in QuickTime
        tag = container.streams.video[0].codec_context.codec_tag
        assert tag == {"h264": "avc1", "hevc": "hvc1", "av1": "av01"}[codec]
    data = (tmp_path / "out.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # plays while it loads


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1"])
def test_colours_lie_on_their_pixels(tmp_path: Path, codec: str) -> None:
    """For readers that heed where colours lie. AV1 has no word for the middle, and readers take it for granted."""
    clip = write_symmetric(tmp_path / "clip.mkv")
    settings = VideoSettings(codec=codec, encoder="software", quality=1)
    stylize_video(clip, tmp_path / "out.mp4", CopyStylizer(), settings)
    assert aside(frames_of(tmp_path / "out.mp4")[0]) < 24, "half a pixel aside is 80"


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_quality_is_obeyed(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (96, 128, 3), np.uint8)
    clip, sizes = write_clip(tmp_path / "clip.mp4", picture=noise, frames=3), []
    for quality in (5, 25, 45):
        target = tmp_path / f"{quality}{suffix}"
        stylize_video(clip, target, CopyStylizer(), VideoSettings(quality=quality))
        sizes.append(target.stat().st_size)
    assert sizes[0] > sizes[1] * 1.5 > sizes[2] * 2


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1"])
def test_the_best_quality_is_the_best_that_players_show(tmp_path: Path, codec: str) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=10, noise=True)
    for quality in (0, 10):
        settings = VideoSettings(codec=codec, quality=quality, encoder="software")
        stylize_video(clip, tmp_path / f"{quality}.mp4", CopyStylizer(), settings)
    assert (tmp_path / "0.mp4").stat().st_size > (tmp_path / "10.mp4").stat().st_size
    with av.open(str(tmp_path / "0.mp4")) as container:
        assert container.streams.video[0].profile in ("High", "Main")


def test_wrong_choices_are_refused_with_the_right_ones(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4")
    for target, settings, why in (
        ("out.webm", VideoSettings(codec="h264"), r"\.webm files hold vp9, av1"),
        ("out.mp4", VideoSettings(codec="divx"), r"\.mp4 files hold h264, hevc, av1"),
        ("out.mp4", VideoSettings(quality=52), "quality 52 is out of range"),
        ("out.mp4", VideoSettings(encoder="gpu"), "no gpu encoder for h264; choose one of auto, nvenc"),
    ):
        with pytest.raises(SinkError, match=why):
            stylize_video(clip, tmp_path / target, CopyStylizer(), settings)
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_auto_falls_back_and_asked_for_hardware_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    working, open_encoder = {"libx264"}, Encoding.open

    def open_here(encoding: Encoding) -> VideoCodecContext:
        tried.append(encoding.encoder)
        if encoding.encoder not in working:
            raise ValueError("no such chip")
        return open_encoder(replace(encoding, encoder="libx264", options={}))

    monkeypatch.setattr(Encoding, "open", open_here)
    assert choose_encoding("h264", "auto", 20).encoder == "libx264"
    assert tried == [encoder.name for encoder in ENCODERS if encoder.codec == "h264"]
    with pytest.raises(SinkError, match=r"no nvenc encoder for h264 works here \(h264_nvenc: no such chip\)"):
        choose_encoding("h264", "nvenc", 20)
    working.add("h264_nvenc")
    assert choose_encoding("h264", "auto", 20).encoder == "h264_nvenc"


def test_the_report_names_the_encoder_that_worked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """libx264 stands in for a chip: the first encoder is not in any FFmpeg, the second takes no such options."""
    missing = Encoder("h264_nochip", "h264", "nvenc", {})
    fussy = Encoder("libx264", "h264", "amf", {"preset": "no such preset"})
    chip = Encoder("libx264", "h264", "qsv", {"crf": "{q}"})
    monkeypatch.setattr(encoders, "ENCODERS", (missing, fussy, chip))
    clip = write_clip(tmp_path / "clip.mp4", frames=5)
    report = stylize_video(clip, tmp_path / "out.mp4", CopyStylizer(), VideoSettings(quality=20))
    assert report.encoder == "libx264"
    assert look(tmp_path / "out.mp4").codecs == ["h264"]
    assert corner_names(look(tmp_path / "out.mp4").first) == "rgbw"
    encoding = choose_encoding("h264", "auto", 20)
    assert (encoding.options, encoding.pix_fmt) == ({"crf": "20"}, "nv12")
    with pytest.raises(SinkError, match=r"works here \(h264_nochip: not in this build of FFmpeg\); try --encoder auto"):
        choose_encoding("h264", "nvenc", 20)
    with pytest.raises(SinkError, match="libx264: even sizes only"):
        choose_encoding("h264", "qsv", 20, size_wh=(65, 48))


def test_vaapi_is_given_its_frames_by_pyav(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, object]] = []

    class Contexts:
        @staticmethod
        def create(name: str, mode: str, hwaccel: object = None) -> object:
            asked.append((name, hwaccel))
            assert mode == "w"
            return real.create("libx264", "w")

    real = av.CodecContext
    monkeypatch.setattr(av, "CodecContext", Contexts)
    monkeypatch.setattr(encoders, "ENCODERS", (Encoder("h264_vaapi", "h264", "vaapi", {"crf": "{q}"}),))
    encoding = choose_encoding("h264", "auto", 20)
    assert (encoding.encoder, encoding.pix_fmt) == ("h264_vaapi", "nv12")
    assert [(name, type(hwaccel)) for name, hwaccel in asked] == [("h264_vaapi", HWAccel)]


def test_an_encoding_survives_the_journal() -> None:
    encoding = choose_encoding(
        "hevc",
        "software",
        20,
        size_wh=(65, 49),
        rate=Fraction(30000, 1001),
        time_base=Fraction(1, 30000),
        pixel_aspect=Fraction(4, 3),
    )
    assert encoding_from(encoding.as_json(), 20) == encoding
    assert encoding.pix_fmt == "yuv444p"


@pytest.mark.skipif(sys.platform != "linux", reason="scheduling policies are Linux's")
def test_no_encoder_makes_the_program_real_time(tmp_path: Path) -> None:
    # SVT-AV1 does so where it may, as root may.
    stylize_video(write_clip(tmp_path / "in.mp4"), tmp_path / "out.mkv", CopyStylizer(), VideoSettings(codec="av1"))
    assert os.sched_getscheduler(0) == os.SCHED_OTHER
    encoding = Encoding(
        codec="av1", encoder="libsvtav1", options={}, pix_fmt="yuv420p", size_wh=(64, 48), rate=Fraction(30),
        time_base=Fraction(1, 30), pixel_aspect=Fraction(1),
    )  # fmt: skip
    before = {int(p.name) for p in Path("/proc/self/task").iterdir()}
    encoder = encoding.open()
    started = {int(p.name) for p in Path("/proc/self/task").iterdir()} - before
    assert started, "it has threads of its own"
    assert {os.sched_getscheduler(thread) for thread in started} == {os.SCHED_OTHER}
    encoder.encode(None)
