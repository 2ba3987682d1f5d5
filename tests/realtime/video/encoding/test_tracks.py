"""Tests what is kept besides the pictures: sound, subtitles, chapters, metadata, in whole files and in cuts."""

from __future__ import annotations

import logging
import struct
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from nstcam.realtime.errors import SourceError
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.encoding.tracks import Tracks
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.reading.formats import FORMATS
from nstcam.realtime.video.reading.reader import VideoReader
from tests.support.fakes.live import CopyStylizer
from tests.support.media.clips import AUDIO_RATE, look, quadrants, write_clip

RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
"""Those of AAC that are in use (ISO 14496-3, table 1.18)."""
MILLISECONDS = Fraction(1, 1000)
WORDS = ["one", "two", "<i>three</i> & more"]


def write_film(path: Path, text: str) -> Path:
    """Three seconds with two tones in two languages, a line of text each second, and three chapters."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sounds = [out.add_stream("aac", rate=AUDIO_RATE, layout="mono") for _ in range(2)]
        titles: Stream = out.add_mux_stream(text)
        titles.time_base = MILLISECONDS
        for stream, language in zip((*sounds, titles), ("eng", "spa", "fra"), strict=True):
            stream.metadata.update({"language": language, "title": f"track {language}"})
            stream.metadata.update({"BPS-eng": "1", "ENCODER": "old"})
        out.metadata["title"] = "A wedding"
        out.set_chapters(
            [
                {
                    "id": i,
                    "start": i * 1000,
                    "end": i * 1000 + 1000,
                    "time_base": MILLISECONDS,
                    "metadata": {"title": w},
                }
                for i, w in enumerate(("church", "dinner", "dance"))
            ]
        )
        out.start_encoding()
        for index, word in enumerate(WORDS):
            data = word.encode()
            packet: Packet[Stream] = Packet(len(data).to_bytes(2, "big") + data if text == "mov_text" else data)
            packet.stream, packet.time_base = titles, MILLISECONDS
            packet.pts = packet.dts = index * 1000 + 200
            packet.duration = 600
            out.mux(packet)
        for index in range(30):
            frame = av.VideoFrame.from_ndarray(quadrants(), "bgr24").reformat(format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 10)
            out.mux(video.encode(frame))
        for step, sound in zip((0.1, 0.3), sounds, strict=True):
            assert isinstance(sound, AudioStream)
            wave = np.round(8000 * np.sin(np.arange(AUDIO_RATE * 3) * step)).astype(np.int16)
            tone = av.AudioFrame.from_ndarray(wave[None], "s16", "mono")
            tone.sample_rate, tone.pts, tone.time_base = AUDIO_RATE, 0, Fraction(1, AUDIO_RATE)
            out.mux(sound.encode(tone))
            out.mux(sound.encode(None))
        out.mux(video.encode(None))
    return path


def texts(path: Path) -> list[tuple[float, str]]:
    """Start in seconds and text of what is shown."""
    with av.open(str(path)) as container:
        stream = container.streams.subtitles[0]
        skip = 2 if stream.codec_context.name == "mov_text" else 0
        cues = [p for p in container.demux(stream) if p.pts is not None]
        assert skip or all(p.size for p in cues), "readers of WebM stop at an empty one"
        packets = [p for p in cues if p.size > skip]
        return [(round(float((p.pts or 0) * p.time_base), 2), bytes(p)[skip:].decode()) for p in packets]


def sound_times(path: Path) -> list[float]:
    """When each packet of the first sound starts, in seconds."""
    with av.open(str(path)) as container:
        return [float((p.pts or 0) * p.time_base) for p in container.demux(container.streams.audio[0]) if p.size]


def chapters(path: Path) -> list[tuple[float, float, str]]:
    with av.open(str(path)) as container:
        return [
            (float(c["start"] * (c["time_base"] or 1)), float(c["end"] * (c["time_base"] or 1)), c["metadata"]["title"])
            for c in container.chapters()
        ]


def languages(path: Path) -> list[str | None]:
    with av.open(str(path)) as container:
        return [s.language for s in container.streams if s.type in ("audio", "subtitle")]


def tags(path: Path) -> dict[str, list[str]]:
    """The metadata of the sound and subtitle tracks, in order, by lower-case name."""
    found: dict[str, list[str]] = {}
    with av.open(str(path)) as container:
        for stream in (*container.streams.audio, *container.streams.subtitles):
            for name, value in stream.metadata.items():
                found.setdefault("title" if name == "name" else name.lower(), []).append(value)
    return found


@pytest.mark.parametrize("target", ["out.mp4", "out.mkv", "out.mov", "out.webm"])
@pytest.mark.parametrize("source", ["film.mp4", "film.mkv"])
def test_everything_comes_along(tmp_path: Path, source: str, target: str, caplog: pytest.LogCaptureFixture) -> None:
    film = write_film(tmp_path / source, "mov_text" if source.endswith("mp4") else "subrip")
    with caplog.at_level(logging.WARNING):
        report = stylize_video(film, tmp_path / target, CopyStylizer())
    out = tmp_path / target
    anew = target == "out.webm"
    assert look(out).codecs[1:3] == (["opus"] * 2 if anew else ["aac"] * 2)
    assert (report.audio_copied, report.audio_encoded, report.subtitles) == ((0, 2, 1) if anew else (2, 0, 1))
    assert languages(out) == ["eng", "spa", "fra"]
    assert tags(out)["title"] == ["track eng", "track spa", "track fra"]
    assert not tags(out).keys() & {"name", "bps-eng", "encoder"}, "they tell of the source's tracks"
    copied = source.removeprefix("film") == target.removeprefix("out")
    copied = copied or (source, target) == ("film.mp4", "out.mov")
    third = WORDS[2] if copied else "three & more"  # mark-up differs from codec to codec
    zero = float(look(out).times[0])  # Matroska has no times before 0, where AAC begins: all is 64 ms later
    assert [(round(at - zero, 2), text) for at, text in texts(out)] == [(0.2, "one"), (1.2, "two"), (2.2, third)]
    assert chapters(out) == [(0, 1, "church"), (1, 2, "dinner"), (2, 3, "dance")]
    with av.open(str(out)) as container:
        assert {k.lower(): v for k, v in container.metadata.items()}["title"] == "A wedding"
    if not anew:
        assert look(out).audio_packets == look(film).audio_packets
        assert caplog.text == ""


def test_a_cut_takes_everything_of_the_same_stretch(tmp_path: Path) -> None:
    film, out = write_film(tmp_path / "film.mkv", "subrip"), tmp_path / "out.mkv"
    report = stylize_video(film, out, CopyStylizer(), VideoSettings(start=0.95, end=2.5))
    seen = look(out)
    assert report.frames == len(seen.times) == 15  # 1.0 to 2.4
    assert seen.times[0] == 0
    assert float(seen.end) == pytest.approx(1.5, abs=0.002)
    assert 0 <= seen.audio_span[0] < 0.065
    assert seen.audio_span[1] == pytest.approx(1.5, abs=0.07)
    whole = look(film).audio_packets
    assert set(seen.audio_packets) < set(whole)
    assert texts(out) == [(0.2, "two"), (1.2, WORDS[2])]
    assert chapters(out) == [(0, 1, "dinner"), (1, 1.5, "dance")]


def test_sound_that_is_encoded_again_begins_with_the_cut(tmp_path: Path) -> None:
    film, out = write_film(tmp_path / "film.mkv", "subrip"), tmp_path / "out.webm"
    assert stylize_video(film, out, CopyStylizer(), VideoSettings(start=0.95, end=2.5)).audio_encoded == 2
    seen = look(out)
    assert seen.audio_span == pytest.approx((0, 1.5), abs=0.1)


@pytest.mark.parametrize(
    ("name", "rate", "layout", "kept"),
    [
        *(("out.mp4", rate, "mono", (rate, "mono")) for rate in RATES),
        *(("out.webm", 48000, layout, (48000, layout)) for layout in ("mono", "stereo", "5.1")),
        ("out.mp4", 37000, "quad", (48000, "stereo")),
        ("out.webm", 44100, "mono", (48000, "mono")),
    ],
)
def test_rate_and_channels_stay_where_the_codec_knows_them(
    tmp_path: Path, name: str, rate: int, layout: str, kept: tuple[int, str]
) -> None:
    with av.open(str(tmp_path / "in.mkv"), "w") as file:
        sound = file.add_stream("pcm_s16le", rate=rate, layout=layout)
        assert isinstance(sound, AudioStream)
        video = file.add_stream("mpeg4", rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        file.mux(video.encode(av.VideoFrame.from_ndarray(quadrants(), "bgr24")))
        file.mux(video.encode(None))
        silence = av.AudioFrame.from_ndarray(np.zeros((1, rate * sound.channels), np.int16), "s16", layout)
        silence.sample_rate, silence.pts, silence.time_base = rate, 0, Fraction(1, rate)
        file.mux(sound.encode(silence))
    with (
        av.open(str(tmp_path / name), "w") as out,
        Tracks(tmp_path / "in.mkv", out, FORMATS[f".{name.partition('.')[2]}"], Fraction(0)) as tracks,
    ):
        tracks.finish()
        (found,) = out.streams.audio
        assert (found.rate, found.layout.name, tracks.encoded) == (*kept, 1)
        assert found.bit_rate == min(96_000, 6 * found.rate) * found.channels, "AAC holds 6 bits per sample"


def test_sound_goes_along_with_the_pictures(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mkv", "subrip")
    sent: list[Packet[Stream]] = []
    with av.open(str(tmp_path / "out.mkv"), "w") as out:
        # The container's own methods cannot be replaced.
        to: Any = SimpleNamespace(
            supported_codecs=out.supported_codecs,
            add_stream_from_template=out.add_stream_from_template,
            set_chapters=out.set_chapters,
            mux=sent.append,
        )
        with Tracks(film, to, FORMATS[".mkv"], Fraction(0)) as tracks:
            for seconds in (Fraction(1), Fraction(2)):
                tracks.carry_until(seconds)
                assert 0.9 < max(float((p.pts or 0) * p.time_base) for p in sent) / seconds <= 1
            tracks.finish()
    assert max(float((p.pts or 0) * p.time_base) for p in sent) > 2.8


def test_damaged_sound_leaves_a_gap_and_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clip = write_clip(tmp_path / "clip.mkv", frames=30, audio="aac")
    data = bytearray(clip.read_bytes())
    with av.open(str(clip)) as container:
        for packet in [packet for packet in container.demux(audio=0) if packet.size][3:6]:
            assert packet.pos
            data[packet.pos + 8 : packet.pos + packet.size] = bytes(packet.size - 8)
    clip.write_bytes(data)
    stylize_video(clip, tmp_path / "out.webm", CopyStylizer())
    assert caplog.text.count("damaged parts of the sound or subtitles are left out (Invalid data found") == 1
    assert look(tmp_path / "out.webm").audio_span[1] == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("right", [b"\x9f\x81\2", b"\xb5\x88" + struct.pack(">d", AUDIO_RATE)])
def test_sound_without_channels_or_a_rate_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, right: bytes
) -> None:
    clip = write_clip(tmp_path / "clip.mkv", frames=5, audio="pcm_s16le")
    data = clip.read_bytes()
    assert right in data
    clip.write_bytes(data.replace(right, right[:2] + bytes(len(right) - 2), 1))
    stylize_video(clip, tmp_path / "out.mp4", CopyStylizer())
    assert caplog.messages == [f"an audio track of {clip} is damaged and is left out"]
    assert look(tmp_path / "out.mp4").codecs == ["h264"]


def test_fonts_of_subtitles_are_kept_where_the_format_holds_them(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "in.mkv"), "w") as out:
        out.add_attachment("sans.ttf", "font/ttf", b"letters")
        video = out.add_stream("libx264", rate=10)
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        out.mux(video.encode(av.VideoFrame.from_ndarray(quadrants(), "bgr24")))
        out.mux(video.encode(None))
    for name, fonts in (("out.mkv", [("sans.ttf", "font/ttf", b"letters")]), ("out.mp4", [])):
        stylize_video(tmp_path / "in.mkv", tmp_path / name, CopyStylizer())
        with av.open(str(tmp_path / name)) as container:
            assert [(one.name, one.mimetype, one.data) for one in container.streams.attachments] == fonts


@pytest.mark.parametrize("name", ["out.mkv", "out.mp4"])
def test_a_subtitle_on_screen_at_the_cut_is_shortened(tmp_path: Path, name: str) -> None:
    film, out = write_film(tmp_path / "film.mkv", "subrip"), tmp_path / name
    stylize_video(film, out, CopyStylizer(), VideoSettings(start=1.5))
    zero = float(look(out).times[0])
    (first, text), (second, _) = texts(out)
    assert text == "two"
    assert [first - zero, second - zero] == pytest.approx([0, 0.7], abs=0.01)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts", "clip.h264"])
def test_a_cut_starts_at_the_right_frame_with_and_without_an_index(tmp_path: Path, name: str) -> None:
    clip = write_clip(tmp_path / name, frames=60, rate=Fraction(20), picture=np.full((48, 64, 3), 255, np.uint8))
    with VideoReader(clip) as whole, VideoReader(clip, 2, 2.5) as cut:
        frames = [timed.frame for timed in whole]  # each is darker by one
        assert len({frame.mean() for frame in frames[38:43]}) == 5
        cut_frames = list(cut)
    assert len(cut_frames) == 10
    assert cut_frames[0].pts == 0
    assert all(np.array_equal(a.frame, b) for a, b in zip(cut_frames, frames[40:50], strict=True))


def test_impossible_cuts_are_refused(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4")
    for start, end, why in ((9, None, "no frame from 9 s on"), (2, 1, "before the end"), (-1, None, "nothing")):
        with pytest.raises(SourceError, match=why):
            stylize_video(clip, tmp_path / "out.mp4", CopyStylizer(), VideoSettings(start=start, end=end))
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_recordings_put_end_to_end_go_on_without_a_gap(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file like those from tapes and broadcasts: its clock starts again in the middle."""
    one = write_clip(tmp_path / "one.ts", frames=50, rate=Fraction(25), audio="aac")
    both = tmp_path / "both.ts"
    both.write_bytes(one.read_bytes() * 2)
    with caplog.at_level(logging.WARNING):
        report = stylize_video(both, tmp_path / "out.mkv", CopyStylizer())
    seen = look(tmp_path / "out.mkv")
    steps = np.diff([float(at) for at in seen.times])
    assert (report.frames, len(seen.times)) == (100, 100)
    assert np.abs(np.delete(steps, 49) - 0.04).max() < 0.002
    assert 0.04 <= steps[49] < 0.2  # the sound of the first lasts a little longer, by up to two packets of 64 ms
    assert seen.audio_span[1] == pytest.approx(4, abs=0.3)
    sounds = sound_times(tmp_path / "out.mkv")
    ahead = [float(seen.times[index * 50]) - sounds[index * len(sounds) // 2] for index in (0, 1)]
    assert ahead[1] == pytest.approx(ahead[0], abs=0.003), "pictures and sound are in step"
    assert caplog.text.count("the timestamps jump") == 1
