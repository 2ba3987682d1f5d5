"""Tests files with unusual clocks: every frame, sound and subtitle keeps its place, in whole files and in cuts."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.packet import Packet
from av.stream import Stream

from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.parts import join_parts, stylize_part
from nstcam.realtime.video.reading.reader import VideoReader
from nstcam.realtime.video.reading.timestamps import packet_times
from tests.support.fakes.live import CopyStylizer
from tests.support.media.clips import write_clip

MILLISECONDS = Fraction(1, 1000)
RATE = Fraction(10)
WRAP = 2**33 / 90_000
"""Seconds after which the clock of MPEG-TS begins anew."""

Spans = dict[str, list[tuple[float, float]]]


def spans(path: Path) -> Spans:
    """(start, duration) of each packet in seconds, in order, by kind of track; without empty texts."""
    found: Spans = {"video": [], "audio": [], "subtitle": []}
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.pts is not None and packet.size > (2 if packet.stream.type == "subtitle" else 0):
                at, lasts = packet.pts * packet.time_base, (packet.duration or 0) * packet.time_base
                found[packet.stream.type].append((float(at), float(lasts)))
    return {kind: sorted(times) for kind, times in found.items()}


def longest_step(sounds: list[tuple[float, float]]) -> float:
    """The longest time from one packet to the next in seconds; a packet lasts 0.064."""
    return max(after - at for (at, _), (after, _) in pairwise(sounds))


def with_subtitles(clip: Path, target: Path, lines: Sequence[tuple[float, float]], ticks: int = 1000) -> Path:
    """The clip with a track of subtitles of (start, duration) in seconds, stored in so many ticks a second."""
    codec = "mov_text" if target.suffix == ".mp4" else "subrip"
    with av.open(str(clip)) as source, av.open(str(target), "w") as out:
        copies = [out.add_stream_from_template(stream) for stream in source.streams]
        titles: Stream = out.add_mux_stream(codec)
        titles.time_base = Fraction(1, ticks)
        out.start_encoding()
        data = b"\x00\x04line" if codec == "mov_text" else b"line"
        packets: list[Packet[Stream]] = []
        for start, lasts in lines:
            packet: Packet[Stream] = Packet(data)
            packet.stream, packet.time_base = titles, Fraction(1, ticks)
            packet.pts = packet.dts = round(start * ticks)
            packet.duration = round(lasts * ticks)
            packets.append(packet)
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = copies[packet.stream.index]
                packets.append(packet)
        for packet in sorted(packets, key=lambda packet: (packet.dts or 0) * packet.time_base):
            out.mux(packet)
    return target


def remuxed(clip: Path, target: Path, late: float) -> Path:
    """The clip with all times later by that many seconds, unchanged by the muxer."""
    with av.open(str(clip)) as source, av.open(str(target), "w", container_options={"mpegts_copyts": "1"}) as out:
        copies = [out.add_stream_from_template(stream) for stream in source.streams]
        for packet in source.demux():
            if packet.dts is not None and packet.pts is not None:
                ticks = round(late / packet.time_base)
                packet.dts, packet.pts = packet.dts + ticks, packet.pts + ticks
                packet.stream = copies[packet.stream.index]
                out.mux(packet)
    return target


def converted(clip: Path, out: Path, start: float = 0, end: float | None = None) -> Spans:
    stylize_video(clip, out, CopyStylizer(), VideoSettings(start=start, end=end, encoder="software"), overwrite=True)
    return spans(out)


def test_subtitles_that_overlap_leave_the_sound_whole(tmp_path: Path) -> None:
    """Subtitles overlap as automatic ones do: each stays until the next but one."""
    lines = [(2.0 * index, 3.5) for index in range(5)]
    film = with_subtitles(
        write_clip(tmp_path / "a.mkv", frames=100, rate=RATE, audio="aac"), tmp_path / "film.mkv", lines
    )
    seen = converted(film, tmp_path / "out.mkv")
    assert [len(seen[kind]) for kind in seen] == [100, len(spans(film)["audio"]), 5]
    assert longest_step(seen["audio"]) < 0.066
    assert np.allclose(seen["subtitle"], spans(film)["subtitle"], atol=0.002)
    cut = converted(film, tmp_path / "cut.mkv", 5, 9)
    assert len(cut["video"]) == 40
    assert longest_step(cut["audio"]) < 0.066
    assert [round(at, 1) for at, _ in cut["subtitle"]] == [0, 0, 1, 3]


def test_long_pauses_stay(tmp_path: Path) -> None:
    """The ticks are fine: a line after half an hour is at 1,800,000,000, and each picture lasts 1,200,000,000."""
    pts = [index * 1_200_000_000 for index in range(20)]
    slides = write_clip(tmp_path / "slides.mp4", pts=pts, time_base=Fraction(1, 10_000_000), rate=Fraction(1, 120))
    film = with_subtitles(slides, tmp_path / "film.mp4", [(1.0, 3), (1800.0, 4), (1860.0, 4)], 1_000_000)
    for name in ("out.mp4", "out.mkv"):
        seen = converted(film, tmp_path / name)
        assert [round(at, 2) for at, _ in seen["video"]] == [120.0 * index for index in range(20)]
        assert [round(at, 2) for at, _ in seen["subtitle"]] == [1, 1800, 1860]
        cut = converted(film, tmp_path / f"cut.{name}", 1200, 2100)
        assert [round(at, 2) for at, _ in cut["subtitle"]] == [600, 660]
        assert len(cut["video"]) == 8


@pytest.mark.parametrize("late", [WRAP - 2, WRAP - 90, 50_000])
def test_the_clock_of_a_broadcast_may_wrap_and_be_anywhere(tmp_path: Path, late: float) -> None:
    plain = write_clip(tmp_path / "plain.ts", frames=40, rate=RATE, audio="aac")
    clip = remuxed(plain, tmp_path / "late.ts", late)
    for start, end in ((0, None), (1, 3), (2.5, None)):
        seen, expected = (converted(path, tmp_path / f"{path.stem}.mp4", start, end) for path in (clip, plain))
        assert len(seen["video"]) == round(((end or 4) - start) * 10)
        for kind in ("video", "audio"):
            assert len(seen[kind]) == len(expected[kind])
            assert np.allclose(seen[kind], expected[kind], atol=0.001)
    assert packet_times(clip, 1, 3) == pytest.approx(packet_times(plain, 1, 3), abs=0.001)


def test_parts_of_a_wrapping_broadcast_join(tmp_path: Path) -> None:
    plain = write_clip(tmp_path / "plain.ts", frames=40, rate=RATE, audio="aac")
    clip = remuxed(plain, tmp_path / "late.ts", WRAP - 2)
    settings = VideoSettings(encoder="software", segment_frames=10)
    parts = [tmp_path / f"{number}.nstpart" for number in (1, 2)]
    for number, part in enumerate(parts, 1):
        assert stylize_part(clip, part, CopyStylizer(), settings, part=number, parts=2) == 20
    join_parts(clip, tmp_path / "joined.mp4", parts)
    seen, expected = spans(tmp_path / "joined.mp4"), converted(plain, tmp_path / "out.mp4")
    for kind in ("video", "audio"):
        assert np.allclose(seen[kind], expected[kind], atol=0.001)


def test_a_cut_of_recordings_put_end_to_end_is_where_it_should_be(tmp_path: Path) -> None:
    """Each second is in three places by the file's own times, and only one of them is meant."""
    one = write_clip(
        tmp_path / "one.ts", frames=40, rate=RATE, audio="aac", picture=np.full((48, 64, 3), 255, np.uint8)
    )
    three = tmp_path / "three.ts"
    three.write_bytes(one.read_bytes() * 3)
    with VideoReader(three) as reader:
        whole = [(timed.pts * reader.time_base, timed.frame.mean()) for timed in reader]
    assert len(whole) == 120
    for start, end in ((0.95, 2), (5, 6), (9, None)):
        with VideoReader(three, start, end) as reader:
            cut = [(timed.pts * reader.time_base + reader.first_seconds, timed.frame.mean()) for timed in reader]
        assert cut == [(at, level) for at, level in whole if start <= at and (end is None or at < end)]
        seen = converted(three, tmp_path / "out.mkv", start, end)
        assert len(seen["video"]) == len(cut)
        sounds = seen["audio"]
        assert sounds[-1][0] + sounds[-1][1] - sounds[0][0] == pytest.approx(len(cut) / 10, abs=0.4)
    assert len(packet_times(three, 5, 6)) == sum(5 <= at < 6 for at, _ in whole)
