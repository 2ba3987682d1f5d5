"""Tests the sound of converted videos: copied if the container allows it, else encoded again, and in sync."""

from __future__ import annotations

import logging
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from nstcam.realtime.video.convert import stylize_video
from tests.support.fakes.live import CopyStylizer
from tests.support.media.clips import look, quadrants, write_clip


def test_aac_is_copied_bit_for_bit(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clip = write_clip(tmp_path / "clip.mp4", audio="aac")
    report = stylize_video(clip, tmp_path / "out.mp4", CopyStylizer())
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
        report = stylize_video(clip, tmp_path / target, CopyStylizer())
    before, after = look(clip), look(tmp_path / target)
    anew = codec != becomes
    assert after.codecs[1] == becomes
    assert (report.audio_copied, report.audio_encoded) == (not anew, anew)
    assert len(caplog.records) == anew
    assert after.audio_span[0] == pytest.approx(before.audio_span[0], abs=0.07)
    assert after.audio_span[1] == pytest.approx(before.audio_span[1], abs=0.1)


def write_sound(path: Path, codec: str, layout: str) -> Path:
    """Ten frames of a picture and a second of silence."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=10)
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sound = out.add_stream(codec, rate=48000, layout=layout)
        assert isinstance(sound, AudioStream)
        for _ in range(10):
            out.mux(video.encode(av.VideoFrame.from_ndarray(quadrants(), "bgr24")))
        silence = np.zeros((1, 48000 * len(av.AudioLayout(layout).channels)), np.int16)
        tone = av.AudioFrame.from_ndarray(silence, "s16", layout)
        tone.sample_rate, tone.pts = 48000, 0
        out.mux([*video.encode(None), *sound.encode(tone), *sound.encode(None)])
    return path


def test_subtitles_of_bluray_discs_are_copied_in_matroska(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    plain, disc = write_sound(tmp_path / "plain.mkv", "ac3", "stereo"), tmp_path / "disc.mkv"
    with av.open(str(plain)) as source, av.open(str(disc), "w") as out:
        streams = {stream.index: out.add_stream_from_template(stream) for stream in source.streams}
        pictures: Stream = out.add_mux_stream("hdmv_pgs_subtitle")
        pictures.time_base = Fraction(1, 1000)
        for packet in source.demux():
            if packet.size:
                packet.stream = streams[packet.stream.index]
                out.mux(packet)
        nothing: Packet[Stream] = Packet(b"\x80\0\0")
        nothing.stream, nothing.time_base, nothing.pts, nothing.dts = pictures, Fraction(1, 1000), 300, 300
        out.mux(nothing)
    report = stylize_video(disc, tmp_path / "out.mkv", CopyStylizer())
    assert (report.audio_copied, report.audio_encoded, report.subtitles) == (1, 0, 1)
    assert look(tmp_path / "out.mkv").codecs == look(disc).codecs == ["h264", "ac3", "hdmv_pgs_subtitle"]
    assert caplog.text == ""


def test_channels_in_an_unusual_order_are_copied_or_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clip = write_sound(tmp_path / "clip.mov", "pcm_s16le", "7.1")
    usual, quicktime = bytes.fromhex("000100000000063f"), bytes.fromhex("0080000800000000")  # MPEG_7_1_C
    clip.write_bytes(clip.read_bytes().replace(usual, quicktime))
    assert stylize_video(clip, tmp_path / "out.mov", CopyStylizer()).audio_copied == 1
    assert caplog.text == ""
    report = stylize_video(clip, tmp_path / "out.mp4", CopyStylizer())
    assert (report.frames, report.audio_copied, report.audio_encoded) == (10, 0, 0)
    assert "has its channels in an unusual order and is left out" in caplog.text


def test_sound_and_pictures_stay_together(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "late.ts", audio="aac", start=10)
    stylize_video(clip, tmp_path / "out.mp4", CopyStylizer())
    before, after = look(clip), look(tmp_path / "out.mp4")
    assert float(before.times[0]) > 9
    assert float(after.times[0]) < 0.1
    assert after.audio_span[0] - float(after.times[0]) == pytest.approx(
        before.audio_span[0] - float(before.times[0]), abs=0.001
    )


def trimmed(clip: Path, path: Path, seconds: float) -> Path:
    """`clip` without its beginning and not encoded again: what is trimmed away is there, hidden by an edit list."""
    with av.open(str(clip)) as source, av.open(str(path), "w") as out:
        copies = {stream.index: out.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is not None and packet.pts is not None:
                late = round(seconds / packet.time_base)
                packet.pts, packet.dts = packet.pts - late, packet.dts - late
                packet.stream = copies[packet.stream.index]
                out.mux(packet)
    return path


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv", "out.webm"])
def test_the_sound_of_a_trimmed_film_is_not_late(tmp_path: Path, name: str) -> None:
    film = write_clip(tmp_path / "film.mp4", frames=60, rate=Fraction(25), audio="aac")
    clip = trimmed(film, tmp_path / "clip.mp4", 1)
    report = stylize_video(clip, tmp_path / name, CopyStylizer())
    seen = look(tmp_path / name)
    assert report.duration == pytest.approx(1.4)
    assert seen.audio_span[0] == pytest.approx(float(seen.times[0]), abs=0.2)
    assert seen.audio_span[1] == pytest.approx(float(seen.times[0]) + 1.4, abs=0.1)
