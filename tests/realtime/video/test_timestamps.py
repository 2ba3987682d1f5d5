"""Timestamps: clocks that jump, and containers that store no display times."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from nstcam.realtime.video.reader import VideoReader
from nstcam.realtime.video.timestamps import LONGEST_GAP, MILLISECONDS, ClockRepair, with_display_times
from tests.support.clips import quadrants


def mended(packets: list[tuple[int, int, int]]) -> list[tuple[int, int]]:
    """(stream, time, duration) in, (stream, time) out, in milliseconds."""
    clock, out = ClockRepair(), []
    for stream, at, duration in packets:
        packet: Any = SimpleNamespace(
            stream=SimpleNamespace(index=stream), time_base=MILLISECONDS, dts=at, pts=at + 1, duration=duration
        )
        clock.repair(cast(Any, packet))
        assert packet.pts == packet.dts + 1
        out.append((stream, packet.dts))
    return out


def test_ordinary_times_are_left_alone() -> None:
    packets = [(0, 0, 40), (1, 0, 21), (1, 21, 21), (0, 40, 40), (2, 5000, 900), (0, 30, 40)]
    assert mended(packets) == [(stream, at) for stream, at, _ in packets]


def test_a_clock_that_begins_anew_goes_on_for_all_streams_by_the_same() -> None:
    first = [(0, 0, 1000), (1, 0, 1000), (0, 1000, 1000), (1, 1000, 1050)]
    again = [(0, 10, 1000), (1, 0, 1000), (0, 1010, 1000), (1, 1000, 1050)]
    assert mended(first + again)[4:] == [(0, 2050), (1, 2040), (0, 3050), (1, 3040)]
    assert mended(first + again + first)[8] == (0, 2040 + 2050)  # and once more


def test_times_that_no_file_holds_are_put_behind_the_last() -> None:
    far = LONGEST_GAP * 3
    assert mended([(0, 0, 40), (0, far, 40), (0, far + 40, 40), (1, 7, 5)]) == [(0, 0), (0, 40), (0, 80), (1, 7)]


def test_packets_without_times_are_left_alone() -> None:
    packet: Any = SimpleNamespace(stream=SimpleNamespace(index=0), time_base=MILLISECONDS, dts=None, pts=None)
    ClockRepair().repair(packet)
    assert packet.pts is None


def shown(pts: list[int | None], dts: list[int | None], guessed: bool = False) -> list[int | None]:
    frames = []
    for at, decoded in zip(pts, dts, strict=True):
        frame = VideoFrame(32, 32)
        frame.pts, frame.dts, frame.duration = at, decoded, 1
        frames.append(frame)
    return [frame.pts for frame in with_display_times(iter(frames), guessed=guessed)]


def test_sound_times_stay() -> None:
    assert shown([0, 1, 2, 3], [7, 8, 9, None]) == [0, 1, 2, 3]
    assert shown([5, 6, 0, 1], [5, 6, 0, 1]) == [5, 6, 0, 1], "a recording behind another"
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
