"""Tests the times of frames: those of the file, and what becomes of clocks that make no sense."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from benchmarks.tools.stand_in import Negative
from nstcam.realtime.capture.clip import read_clip
from nstcam.realtime.errors import SourceError
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.reading.frame_times import FrameTimes
from nstcam.realtime.video.reading.reader import VideoReader
from nstcam.realtime.video.reading.timestamps import LONGEST_GAP, LONGEST_TICK
from tests.support.media.clips import NTSC, quadrants, write_clip


def times(path: Path) -> list[Fraction]:
    with VideoReader(path) as reader:
        return [timed.pts * reader.time_base for timed in reader]


def test_constant_rate_is_exact_even_in_milliseconds(tmp_path: Path) -> None:
    exact = [index / NTSC for index in range(12)]
    assert times(write_clip(tmp_path / "a.mp4")) == exact
    assert times(write_clip(tmp_path / "a.mkv")) == exact


def test_variable_rate_stays_variable(tmp_path: Path) -> None:
    pts = [0, 1, 2, 6, 10, 30, 31]
    clip = write_clip(tmp_path / "a.mp4", pts=pts, time_base=Fraction(1, 24), rate=Fraction(24))
    assert times(clip) == [Fraction(at, 24) for at in pts]


def test_variable_rate_in_milliseconds_is_kept_to_one(tmp_path: Path) -> None:
    pts = [0, 7, 39, 40, 41, 200, 333]  # at 25 fps three of them are next to 40
    clip = write_clip(tmp_path / "a.mkv", pts=pts, time_base=Fraction(1, 1000), rate=Fraction(25))
    got = times(clip)
    assert all(abs(time - Fraction(at, 1000)) <= Fraction(1, 1000) for time, at in zip(got, pts, strict=True))
    assert all(earlier < later for earlier, later in pairwise(got))


def test_times_start_at_zero(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "late.ts", start=10)
    with VideoReader(clip) as reader:
        assert reader.offset > 9
        assert next(iter(reader)).pts == 0


def test_raw_dv_has_the_rate_of_its_frames(tmp_path: Path) -> None:
    clip = tmp_path / "tape.dv"
    with av.open(str(clip), "w") as out:
        stream = out.add_stream("dvvideo", rate=25)
        stream.width, stream.height, stream.pix_fmt = 720, 576, "yuv420p"
        for _ in range(3):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(quadrants(576, 720), "bgr24")))
        out.mux(stream.encode(None))
    with VideoReader(clip) as reader:
        assert reader.rate == 25
        assert reader.total == 3
        assert [timed.pts * reader.time_base for timed in reader] == [Fraction(index, 25) for index in range(3)]


def test_raw_video_that_tells_no_rate_has_an_even_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clip = tmp_path / "pi.hevc"
    options = {"preset": "ultrafast", "x265-params": "log-level=none:vui-timing-info=0"}
    with av.open(str(clip), "w") as out:
        stream = out.add_stream("libx265", rate=30, options=options)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(60):  # more than libavformat looks at before it begins
            out.mux(stream.encode(av.VideoFrame.from_ndarray(quadrants(), "bgr24")))
        out.mux(stream.encode(None))
    assert times(clip) == [Fraction(index, 25) for index in range(60)]
    assert "pi.hevc does not state its frame rate; 25 frames per second are assumed" in caplog.text
    with VideoReader(clip, start=2.1) as reader:
        assert len(list(reader)) == 7


def test_times_in_another_century_are_replaced(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """MP4 counts the time between frames in 32 bits and lost such frames silently."""
    pts = [0, 40, 80, 120, 3_000_000_000, 3_000_000_040]
    clip = write_clip(tmp_path / "clip.mkv", pts=pts, time_base=Fraction(1, 1000), rate=Fraction(25))
    with caplog.at_level(logging.WARNING), VideoReader(clip) as reader:
        times = [float(frame.pts * reader.time_base) for frame in reader]
    assert times == pytest.approx([0, 0.04, 0.08, 0.12, 0.16, 0.2], abs=0.002)
    assert "damaged" in caplog.text


def with_clock(path: Path, scale: int, rate: int) -> Path:
    """An AVI of three frames whose header says that `rate` frames take `scale` seconds."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for level in (0, 100, 200):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), level, np.uint8), "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    data = bytearray(path.read_bytes())
    at = data.index(b"strh") + 8 + 20  # dwScale and dwRate of AVISTREAMHEADER
    data[at : at + 8] = scale.to_bytes(4, "little") + rate.to_bytes(4, "little")
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("scale", "rate", "days"), [(0xFFFFFFFF, 25, "1.99e+03"), (0x7FFFFFFF, 1, "2.49e+04"), (86400, 1, "1")]
)
def test_a_clock_of_years_is_refused(tmp_path: Path, scale: int, rate: int, days: str) -> None:
    clip = with_clock(tmp_path / "clip.avi", scale, rate)
    with pytest.raises(
        SourceError,
        match=rf"clip\.avi counts its time in steps of {re.escape(days)} days, .* ffmpeg -r 25 -i clip\.avi",
    ):
        VideoReader(clip)
    with pytest.raises(SourceError, match="in steps of"):
        stylize_video(clip, tmp_path / "out.mp4", Negative())
    assert [path.name for path in tmp_path.iterdir()] == ["clip.avi"]


def test_a_picture_may_last_for_minutes(tmp_path: Path) -> None:
    for seconds in (120, LONGEST_TICK):
        with VideoReader(with_clock(tmp_path / "clip.avi", seconds, 1)) as reader:
            assert [float(timed.pts * reader.time_base) for timed in reader] == [0, seconds, 2 * seconds]


def test_live_a_clock_of_years_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="in steps of"):
        next(read_clip(with_clock(tmp_path / "clip.avi", 0xFFFFFFFF, 1), threading.Event()))


def test_a_cut_counts_frames_without_times_by_how_long_they_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip, decode = write_clip(tmp_path / "clip.mp4", frames=10, rate=Fraction(10)), VideoReader._decode

    def first_has_one(reader: VideoReader) -> Iterator[VideoFrame]:
        for index, frame in enumerate(decode(reader)):
            if index:
                frame.pts = frame.dts = None
            yield frame

    monkeypatch.setattr(VideoReader, "_decode", first_has_one)
    with VideoReader(clip, start=0.25) as reader:
        assert len(list(reader)) == 7


def following(
    frames: list[tuple[int | None, int]],
    *,
    stored: Fraction = Fraction(1, 100),
    base: Fraction = Fraction(1, 100),
    rate: int = 25,
    offset: Fraction = Fraction(0),
) -> list[tuple[int, int]]:
    times = FrameTimes(stored, base, Fraction(rate), offset)
    found = [times.following(at, lasts) for at, lasts in frames]
    assert times.end == sum(found[-1])
    return found


def test_a_frame_lasts_as_long_as_the_file_says_or_as_the_rate_has_it_but_at_least_a_tick() -> None:
    gap = LONGEST_GAP * 100
    assert following([(0, 7), (7, 0), (20, -3)]) == [(0, 7), (7, 4), (20, 4)]
    assert following([(0, 0)], rate=1000) == [(0, 1)]
    assert following([(0, gap)], rate=10) == [(0, gap)]
    assert following([(0, gap + 1)], rate=10) == [(0, 4)], "as at 25 frames per second"
    assert following([(0, 5), (5, 0)], base=Fraction(1, 1000)) == [(0, 50), (50, 40)]


def test_times_rise_strictly_and_follow_where_there_are_none() -> None:
    assert following([(0, 4), (None, 4), (6, 4), (6, 4), (20, 4)]) == [(0, 4), (4, 4), (6, 4), (7, 4), (20, 4)]
    assert following([(200, 4), (204, 4)], offset=Fraction(2)) == [(0, 4), (4, 4)]
    assert following([(13, 4)], offset=Fraction(126, 1000)) == [(0, 4)], "to the nearest tick of the file"


@pytest.mark.parametrize(
    ("before", "then", "at"),
    [
        (0, 4 + LONGEST_GAP * 100, 4 + LONGEST_GAP * 100), (0, 5 + LONGEST_GAP * 100, 4),
        (100, 51, 101), (100, 50, 104), (100, 0, 104),
    ],
)  # fmt: skip
def test_a_clock_that_jumps_goes_on_without_a_gap_and_stays_shifted(before: int, then: int, at: int) -> None:
    """By more than three hours ahead of the end of the frame before, or by more than half a second back."""
    times = FrameTimes(Fraction(1, 100), Fraction(1, 100), Fraction(25), Fraction(0))
    times.following(before, 4)
    assert not times.jumped
    assert times.following(then, 4) == (at, 4)
    assert times.jumped == (at == before + 4)
    next_at = at + 10 if times.jumped else max(then + 10, at + 1)
    assert times.following(then + 10, 4) == (next_at, 4)
    assert not times.jumped


@pytest.mark.parametrize(
    ("stored", "rate", "base", "ticks"),
    [
        (33, NTSC, Fraction(1, 30_000), 1001), (34, NTSC, Fraction(1, 30_000), 1001),
        (32, NTSC, Fraction(1, 30_000), 960),
        (41, Fraction(25), Fraction(1, 1000), 40), (39, Fraction(25), Fraction(1, 1000), 40),
        (42, Fraction(25), Fraction(1, 1000), 42), (38, Fraction(25), Fraction(1, 1000), 38),
    ],
)  # fmt: skip
def test_milliseconds_near_an_exact_time_of_the_rate_are_that(
    stored: int, rate: Fraction, base: Fraction, ticks: int
) -> None:
    times = FrameTimes(Fraction(1, 1000), base, rate, Fraction(0))
    assert times.following(stored, 0)[0] == ticks
    assert FrameTimes(Fraction(1, 1001), base, rate, Fraction(0)).following(1001, 0)[0] == round(1 / base)
