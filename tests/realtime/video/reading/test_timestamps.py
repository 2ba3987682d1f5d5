"""Tests timestamps: clocks that jump, and containers that store no display times."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from nstcam.realtime.video.reading.reader import VideoReader
from nstcam.realtime.video.reading.timestamps import (
    DEFAULT_RATE,
    LONGEST_GAP,
    MILLISECONDS,
    ClockRepair,
    fine_time_base,
    mean_rate,
    with_display_times,
)
from tests.support.media.clips import quadrants

SOUND, PICTURE, TEXT = 0, 1, 2


def packet_of(stream: int, at: int | None, duration: int | None = 0, base: Fraction = MILLISECONDS) -> Any:
    kind = SimpleNamespace(index=stream, type=("audio", "video", "subtitle")[stream])
    late = None if at is None else at + 1
    return SimpleNamespace(stream=kind, time_base=base, dts=at, pts=late, duration=duration)


def mended(packets: list[tuple[int, int, int]], begin: Fraction = Fraction(0)) -> list[tuple[int, int]]:
    """(stream, time, duration) in, (stream, time) out, in milliseconds."""
    clock, out = ClockRepair(begin), []
    for stream, at, duration in packets:
        packet = packet_of(stream, at, duration)
        clock.repair(packet)
        assert packet.pts == packet.dts + 1
        out.append((stream, packet.dts))
    return out


def test_ordinary_times_are_left_alone() -> None:
    packets = [(0, 0, 40), (1, 0, 21), (1, 21, 21), (0, 40, 40), (2, 5000, 900), (0, 30, 40)]
    assert mended(packets) == [(stream, at) for stream, at, _ in packets]


def test_a_subtitle_that_lasts_into_the_next_is_no_jump() -> None:
    """Times like those of automatic subtitles, each of which stays until the next but one."""
    packets = [(kind, at, 3500 if kind == TEXT else 1000) for at in range(0, 20_000, 1000) for kind in (0, 1, 2)]
    assert mended(packets) == [(stream, at) for stream, at, _ in packets]


def test_a_clock_far_from_zero_is_no_jump() -> None:
    """That of broadcasts is anywhere, and a cut may begin hours after the beginning of a file."""
    hours = 20 * 3600
    packets = [(kind, hours * 1000 + at, 40) for at in (0, 40, 80) for kind in (0, 1)]
    assert mended(packets, Fraction(hours)) == [(stream, at) for stream, at, _ in packets]
    below = [(kind, at, 40) for at in (-2040, -2000, -1960) for kind in (0, 1)]
    assert mended(below, Fraction(-2)) == [(stream, at) for stream, at, _ in below]


@pytest.mark.parametrize("base", [Fraction(1, 10_000_000), Fraction(1, 90_000)])
def test_pauses_are_measured_in_seconds(base: Fraction) -> None:
    clock, ticks = ClockRepair(Fraction(0)), round(1 / base)
    for kind, seconds in ((PICTURE, 0), (PICTURE, 7200), (TEXT, 7200), (PICTURE, 14_000), (TEXT, 36_000)):
        packet = packet_of(kind, seconds * ticks, 7200 * ticks, base)
        clock.repair(packet)
        assert (packet.dts, packet.duration) == (seconds * ticks, 7200 * ticks)
    assert not clock.jumped


def test_a_clock_that_begins_anew_goes_on_for_all_streams_by_the_same() -> None:
    first = [(0, 0, 1000), (1, 0, 1000), (0, 1000, 1000), (1, 1000, 1050)]
    again = [(0, 10, 1000), (1, 0, 1000), (0, 1010, 1000), (1, 1000, 1050)]
    assert mended(first + again)[4:] == [(0, 2050), (1, 2040), (0, 3050), (1, 3040)]
    assert mended(first + again + first)[8] == (0, 2040 + 2050)  # and once more


def test_a_track_goes_on_by_the_old_clock_until_it_goes_back_itself() -> None:
    """The last sounds of the first recording come after the first picture of the second."""
    packets = [(1, 0, 1000), (0, 0, 1000), (1, 1000, 1000), (1, 0, 1000), (0, 1000, 1000), (0, 0, 1000)]
    assert mended(packets) == [(1, 0), (0, 0), (1, 1000), (1, 2000), (0, 1000), (0, 2000)]


def test_a_subtitle_is_on_the_clock_of_the_sounds_around_it() -> None:
    """Its own time, later than that of the line before, does not show that the clock was set back between them."""
    first = [(0, at, 1000) for at in range(0, 60_000, 1000)]
    second = [(0, at, 1000) for at in range(0, 21_000, 1000)]
    packets = [*first[:6], (2, 5000, 900), *first[6:], *second, (2, 20_000, 900)]
    assert mended(packets)[-1] == (2, 80_000)
    late = [*first[:6], (2, 5000, 900), *first[6:], second[0], (2, 59_000, 900), *second[1:]]
    assert (2, 59_000) in mended(late), "the last line of the first recording"


def test_times_that_no_file_holds_are_put_behind_the_last() -> None:
    far = LONGEST_GAP * 3000
    assert mended([(0, 0, 40), (0, far, 40), (0, far + 40, 40), (1, 7, 5)]) == [(0, 0), (0, 40), (0, 80), (1, 7)]
    assert mended([(0, far, 40), (1, 0, 40)]) == [(0, 0), (1, 0)]
    assert mended([(0, 0, 40), (0, far, 40), (0, 80, 40)]) == [(0, 0), (0, 40), (0, 80)], "and back"


def test_packets_without_times_are_left_alone() -> None:
    packet = packet_of(0, None)
    ClockRepair(Fraction(0)).repair(packet)
    assert packet.pts is None


def test_after_a_new_start_a_small_step_back_is_left_alone() -> None:
    """Steps back of up to half a second are the order of decoding, also where the clock has been shifted before."""
    again = [(0, 0, 1000), (0, 1000, 1000), (0, 0, 1000), (0, 600, 1000), (0, 1600, 100)]
    assert mended(again) == [(0, 0), (0, 1000), (0, 2000), (0, 2600), (0, 3600)]
    assert mended([(0, 0, 1000), (0, 500, 40), (0, 0, 40)]) == [(0, 0), (0, 500), (0, 0)]
    assert mended([(0, 0, 1000), (0, 501, 40), (0, 0, 40)]) == [(0, 0), (0, 501), (0, 1000)]


def test_a_second_new_start_counts_from_the_latest_of_all_streams() -> None:
    packets = [(0, at, 1000) for at in (0, 1000, 0, 1000)] + [(1, 0, 9000)] + [(0, 0, 1000), (1, 2000, 1000)]
    assert mended(packets)[3:] == [(0, 3000), (1, 2000), (0, 11000), (1, 4000)]


def test_durations_may_be_missing_or_longer_than_files_hold() -> None:
    ticks = LONGEST_GAP * 1000
    for duration, kept, behind in ((None, None, 0), (ticks, ticks, ticks), (ticks + 1, 0, 0)):
        clock, packet, following = ClockRepair(Fraction(0)), packet_of(0, 0, duration), packet_of(0, ticks * 3)
        clock.repair(packet)
        clock.repair(following)
        assert (packet.duration, following.dts) == (kept, behind)


def test_each_stream_takes_a_second_new_start_when_it_comes_to_it() -> None:
    once = [(kind, at, 1000) for at in (0, 1000) for kind in (0, 1)]
    packets = [*once, *once, (0, 0, 1000), (1, 1600, 1000), (1, 0, 1000)]
    assert mended(packets)[-3:] == [(0, 4000), (1, 3600), (1, 4000)]


def shown(pts: list[int | None], dts: list[int | None], guessed: bool = False) -> list[int | None]:
    frames = []
    for at, decoded in zip(pts, dts, strict=True):
        frame = VideoFrame(32, 32)
        frame.pts, frame.dts, frame.duration = at, decoded, 1
        frames.append(frame)
    return [frame.pts for frame in with_display_times(iter(frames), guessed=guessed)]


def test_sound_times_stay() -> None:
    assert shown([0, 1, 2, 3], [7, 8, 9, None]) == [0, 1, 2, 3]
    assert shown([5, 6, 0, 1], [25, 26, 20, 21]) == [5, 6, 0, 1], "a recording behind another"
    assert shown([0, 2, 1, 3], [20, 20, 21, 22]) == [0, 2, 1, 3], "to stand still is as wrong as to go back"
    assert shown([None, None], [None, None]) == [None, None]
    assert shown([None, None], [3, 4]) == [3, 4]


def test_those_that_go_back_are_left() -> None:
    assert shown([1, 4, 3, 5, 2, 7], [2, 3, 4, 5, 6, 7])[2:] == [4, 5, 6, 7]
    assert shown([1, 4, 3, 5, 2, 7], [2, 3, 4, 5, 6, None], guessed=True) == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(("name", "settled"), [("clip.avi", 0), ("clip.asf", 3)])
def test_frames_among_b_frames_come_at_even_times(tmp_path: Path, name: str, settled: int) -> None:
    clip = tmp_path / name
    with av.open(str(clip), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"g": "20", "bf": "3", "x264-params": "b-adapt=0"})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for index in range(60):
            picture = (quadrants() * (1 - index / 256)).astype(np.uint8)
            out.mux(stream.encode(VideoFrame.from_ndarray(picture, "bgr24")))
        out.mux(stream.encode(None))

    def seen(start: float) -> list[tuple[float, float]]:
        """Seconds of the file, and how bright it is."""
        with VideoReader(clip, start) as reader:
            seconds = [(timed.pts * reader.time_base + reader.first_seconds, timed.frame.mean()) for timed in reader]
        return [(float(at), level) for at, level in seconds]

    whole, cut = seen(0), seen(1.3)
    steps = [after - before for (before, _), (after, _) in pairwise(whole[settled:])]
    assert len(whole) == 60
    assert steps == pytest.approx([0.04] * len(steps), abs=1e-6)
    assert cut == [(at, level) for at, level in whole if at >= 1.3 - 1e-6]


NTSC = Fraction(30000, 1001)


def stream(mean: Fraction | None, guessed: Fraction | None, base: Fraction | None = Fraction(1, 90000)) -> Any:
    return SimpleNamespace(average_rate=mean, guessed_rate=guessed, time_base=base)


@pytest.mark.parametrize(
    ("mean", "guessed", "base", "raw", "rate"),
    [
        (Fraction(25), NTSC, Fraction(1, 90000), False, 25),
        (Fraction(25), NTSC, Fraction(1, 90000), True, NTSC),  # 25 is what libavformat says of raw streams
        (Fraction(25), None, Fraction(1, 90000), True, 25),
        (None, NTSC, None, False, NTSC),
        (None, None, None, False, DEFAULT_RATE),
        (None, None, Fraction(1, 25), True, DEFAULT_RATE),
        (Fraction(90000), NTSC, Fraction(1, 90000), False, NTSC),  # ticks a second, as of raw DV
        (Fraction(90000), NTSC, None, False, 90000),
    ],
)
def test_the_rate_is_the_mean_where_that_can_be_believed(
    mean: Fraction | None, guessed: Fraction | None, base: Fraction | None, raw: bool, rate: Fraction
) -> None:
    assert mean_rate(stream(mean, guessed, base), raw=raw) == rate


@pytest.mark.parametrize(
    ("stored", "rate", "base"),
    [
        (Fraction(1, 90000), NTSC, Fraction(1, 90000)),
        (MILLISECONDS, NTSC, Fraction(1, 30000)),
        (MILLISECONDS, Fraction(24), Fraction(1, 3000)),
        (MILLISECONDS, Fraction(120_000), Fraction(1, 120_000)),
        (MILLISECONDS, Fraction(120_001), MILLISECONDS),
        (MILLISECONDS, Fraction(1919, 100), MILLISECONDS),  # with all times of both a second had 1.9 million ticks
        (Fraction(1, 10_000_000), NTSC, Fraction(1, 180_000)),
        (Fraction(1, 10_000_000), Fraction(1, 120), Fraction(1, 192_000)),
        (Fraction(1, 10_000_000), Fraction(200_001), Fraction(1, 192_000)),
    ],
)
def test_milliseconds_are_made_finer_for_the_rate(stored: Fraction, rate: Fraction, base: Fraction) -> None:
    assert fine_time_base(stored, rate) == base
