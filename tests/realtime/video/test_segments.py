"""Segments of encoded video, as they are kept and put together."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nstcam.realtime.video.segments import Segment, decoding_times


def test_decoding_times_rise_and_never_pass_those_of_display() -> None:
    pts = np.array([0, 9, 3, 1, 4, 20, 11, 10])
    dts = decoding_times(pts)
    assert np.all(np.diff(dts) > 0)
    assert np.all(dts <= pts)
    assert decoding_times(np.array([5, 6, 9])).tolist() == [5, 6, 9]


def test_segments_are_read_as_written(tmp_path: Path) -> None:
    data = [b"one", b"", b"three"]
    sizes = np.array([len(d) for d in data], np.int64)
    keys = np.array([True, False, False])
    joined = np.frombuffer(b"".join(data), np.uint8)
    Segment(np.arange(3, dtype=np.int64), keys, sizes, joined, 30).save(tmp_path / "0.npz")
    read = Segment.load(tmp_path / "0.npz")
    assert list(read.packets()) == data
    assert (read.end, read.keyframes.tolist(), read.pts.tolist()) == (30, [True, False, False], [0, 1, 2])
    assert [path.name for path in tmp_path.iterdir()] == ["0.npz"]
