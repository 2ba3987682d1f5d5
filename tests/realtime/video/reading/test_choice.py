"""Tests which of several tracks are read, and what is said about the others."""

from __future__ import annotations

import logging
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from nstcam.media.video_tracks import Listing, listing
from nstcam.realtime.errors import SourceError
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.reading.reader import VideoReader
from nstcam.realtime.video.reading.timestamps import packet_times
from tests.support.fakes.live import CopyStylizer
from tests.support.media.clips import look, write_tone, write_tracks

TS_PACKET = 188


PLAIN, DEFAULT, COVER = Disposition(0), Disposition.default, Disposition.attached_pic


@pytest.mark.parametrize(
    ("name", "tracks", "size_wh", "frames", "left_out"),
    [
        (
            "marked.mkv",
            [("libx264", (64, 48), 5, PLAIN), ("libx264", (96, 64), 10, DEFAULT)],
            (96, 64),
            10,
            "1 video track of 64x48",
        ),
        (
            "smaller.mkv",
            [("libx264", (96, 64), 5, PLAIN), ("libx264", (64, 48), 10, DEFAULT)],
            (64, 48),
            10,
            "1 video track of 96x64",
        ),
        (
            "unmarked.ts",
            [("libx264", (64, 48), 5, PLAIN), ("libx264", (96, 64), 10, PLAIN)],
            (96, 64),
            10,
            "1 video track of 64x48",
        ),
        (
            "twins.mkv",
            [("libx264", (64, 48), 5, DEFAULT), ("libx264", (64, 48), 10, DEFAULT)],
            (64, 48),
            5,
            "1 video track of 64x48",
        ),
        (
            "cover.mp4",
            [("mjpeg", (96, 64), 1, COVER), ("libx264", (64, 48), 10, DEFAULT)],
            (64, 48),
            10,
            "1 cover or thumbnail",
        ),
        (
            "unsaid.mp4",
            [("mjpeg", (96, 64), 1, DEFAULT), ("libx264", (64, 48), 10, DEFAULT)],
            (64, 48),
            10,
            "1 cover or thumbnail",
        ),
        ("one.mp4", [("libx264", (64, 48), 10, DEFAULT)], (64, 48), 10, ""),
        ("motion.mp4", [("mjpeg", (64, 48), 10, DEFAULT)], (64, 48), 10, ""),
    ],
)
def test_the_video_that_players_show_is_read(
    tmp_path: Path,
    name: str,
    tracks: list[tuple[str, tuple[int, int], int, Disposition]],
    size_wh: tuple[int, int],
    frames: int,
    left_out: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    clip = write_tracks(tmp_path / name, tracks)
    with caplog.at_level(logging.WARNING), VideoReader(clip) as reader:
        assert (reader.size_wh, len(list(reader))) == (size_wh, frames)
    assert caplog.messages == ([f"{clip}: these tracks are left out: {left_out}"] if left_out else [])
    assert len(packet_times(clip)) == frames


def test_an_animated_avif_has_all_its_pictures(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first picture is there once more, as a track before the others."""
    monkeypatch.setenv("SVT_LOG", "1")  # the encoder reads it once in a process, and prints its settings otherwise
    clip = write_tracks(tmp_path / "a.avif", [("libsvtav1", (64, 64), 10, DEFAULT)])
    with VideoReader(clip) as reader:
        levels = [timed.frame.mean() for timed in reader]
    assert len(levels) == len(packet_times(clip)) == 10
    assert np.abs(np.array(levels) - np.arange(40, 140, 10)).max() < 4
    assert caplog.messages == []


def test_gps_tracks_are_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clip = tmp_path / "ride.mp4"
    with av.open(str(clip), "w") as out:
        video = out.add_stream("libx264", rate=10)
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        places = out.add_data_stream("bin_data")  # written as gpmd
        out.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), "bgr24")))
        packet: Packet[Stream] = Packet(b"DEVC")
        packet.stream, packet.pts, packet.dts, packet.time_base = places, 0, 0, Fraction(1, 1000)
        out.mux(packet)
        out.mux(video.encode(None))
    VideoReader(clip).close()
    assert caplog.messages == [f"{clip}: these tracks are left out: 1 GPS track"]


def test_a_file_without_video_tells_what_it_holds(tmp_path: Path) -> None:
    songs, cover = tmp_path / "songs.mkv", write_tracks(tmp_path / "cover.mp4", [("mjpeg", (96, 64), 1, COVER)])
    with av.open(str(write_tone(tmp_path / "tone.m4a"))) as tone, av.open(str(songs), "w") as out:
        sound, words = out.add_stream_from_template(tone.streams.audio[0]), out.add_mux_stream("subrip")
        out.start_encoding()
        for packet in tone.demux(audio=0):
            if packet.size:
                packet.stream = sound
                out.mux(packet)
        line: Packet[Stream] = Packet(b"la la")
        line.stream, line.pts, line.dts, line.duration, line.time_base = words, 0, 0, 100, Fraction(1, 1000)
        out.mux(line)
    for clip, kinds in ((songs, "audio and subtitle"), (cover, "data that cannot be played")):
        with pytest.raises(SourceError, match=f"has no video stream, only {kinds}; choose a video file"):
            VideoReader(clip)


def crc(data: bytes) -> bytes:
    """CRC-32 of MPEG-2 (ISO/IEC 13818-1, annex A)."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value >> 31 else 0)) & 0xFFFFFFFF
    return value.to_bytes(4)


def write_programs(path: Path) -> Path:
    """A transport stream of two programmes, the smaller one first, each with a video and a sound."""
    packets: list[list[bytes]] = []
    for number, size_wh in ((1, (64, 48)), (2, (96, 64))):
        options = {
            "mpegts_start_pid": str(number << 8),
            "mpegts_pmt_start_pid": str(0x1000 + number),
            "mpegts_service_id": str(number),
        }
        name = path.with_name(f"{number}.ts")
        data = write_tracks(
            name, [("mpeg2video", size_wh, 5 * number, PLAIN)], sound="mp2", options=options
        ).read_bytes()
        packets.append([data[at : at + TS_PACKET] for at in range(0, len(data), TS_PACKET)])
    section = bytes.fromhex("00b0110001c100000001f0010002f002")
    section += crc(section)

    def listed(packet: bytes) -> bytes:
        """The packet, or, if it is the list of programmes, one with both of them."""
        pid = int.from_bytes(packet[1:3]) & 0x1FFF
        return packet if pid else (packet[:5] + section).ljust(TS_PACKET, b"\xff")

    def pid(packet: bytes) -> int:
        return int.from_bytes(packet[1:3]) & 0x1FFF

    both = [listed(packet) for packet in packets[0]]
    step = len(both) // 10
    rest = [packet for packet in packets[1] if pid(packet) not in (0, 17)]
    mixed: list[bytes] = []
    for part in range(11):
        mixed += both[part * step : (part + 1) * step if part < 10 else None]
        mixed += rest[part * len(rest) // 11 : (part + 1) * len(rest) // 11]
    path.write_bytes(b"".join(mixed))
    return path


def test_of_several_programmes_the_largest_comes_with_its_own_sound(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clip = write_programs(tmp_path / "programs.ts")
    with caplog.at_level(logging.WARNING):
        report = stylize_video(clip, tmp_path / "out.mkv", CopyStylizer())
    assert (report.size_wh, report.frames, report.audio_copied) == ((96, 64), 10, 1)
    assert look(tmp_path / "out.mkv").codecs == ["h264", "mp2"]
    with av.open(str(clip)) as container:
        programs = listing(container).programs
    assert sorted(map(len, programs)) == [2, 2]
    assert caplog.messages == [
        f"{clip}: these tracks are left out: 1 video track of 64x48, 1 audio track of another programme"
    ]


PRINTED = """Input #0, mov,mp4, from '':
  Metadata:
    title           : Trip
                    :   Program 7
                    : Stream #0:9: Audio: pcm, 48000 Hz, 8 channels (
  Stream #0:0[0x1](und): Video: hevc (Main) (hvc1 / 0x31637668), yuv420p, 64x48, 25 fps (default)
  Stream #0:1[0x2](und): Audio: pcm_s16le (sowt / 0x74776F73), 48000 Hz, 8 channels (FL+FR+LFE), s16 (default)
  Stream #0:2[0x3](eng): Data: none (tmcd / 0x64636D74) (default)
  Stream #0:3[0x4](eng): Data: bin_data (gpmd / 0x646D7067), 36 kb/s (default)
  Stream #0:4[0x5](und): Data: none (mebx / 0x7862656D), 1 kb/s (default)
  Stream #0:5[0x6](und): Audio: aac (LC) (mp4a / 0x6134706D), 48000 Hz, stereo, fltp, 128 kb/s (default)
"""


def printed(text: str) -> Listing:
    container: Any = SimpleNamespace(dumps_format=lambda: text)
    return listing(container)


def test_what_libavformat_prints_is_understood() -> None:
    found = printed(PRINTED)
    assert found.tags == {0: "hvc1", 1: "sowt", 2: "tmcd", 3: "gpmd", 4: "mebx", 5: "mp4a"}
    assert (found.programs, found.custom_orders) == ([], {1})
    rest = "Input #0\n  Program 1 \n  Stream #0:0[0x1]: Video: x\n  No Program\n  Stream #0:1[0x2]: Data: y"
    assert printed(rest).programs == [{0}]
