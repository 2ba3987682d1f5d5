"""Tests segments of encoded video: saving them and putting them together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from numpy.typing import NDArray

from nstcam.realtime.video.encoding.segments import (
    Segment,
    all_pts,
    decoding_times,
    frame_count,
    segment_name,
    segment_number,
)


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


def segment(frames: int, bytes_missing: int = 0, end: int = 30) -> Segment:
    sizes = np.full(frames, 3, np.int64)
    data = np.zeros(3 * frames - bytes_missing, np.uint8)
    return Segment(np.arange(frames, dtype=np.int64), np.ones(frames, bool), sizes, data, end)


HUGE = 2**63 - 1


@pytest.mark.parametrize(
    "damaged",
    [
        segment(2, bytes_missing=1),
        segment(0),
        replace(segment(3), sizes=np.array([9, -1, 1])),
        replace(segment(3), sizes=np.array([10, 0, -1])),
        replace(segment(3), sizes=np.array([4, 3, 3])),
        replace(segment(3), keyframes=np.ones(2, bool)),
        replace(segment(3), keyframes=np.ones(4, bool)),
        replace(segment(3), sizes=np.array([4, 5])),
        replace(segment(3), sizes=np.array([HUGE, HUGE, 9 + 2])),  # their sum, in 64 bits, is right
    ],
)
def test_segments_that_lack_bytes_or_frames_are_damaged(tmp_path: Path, damaged: Segment) -> None:
    damaged.save(tmp_path / "0.npz")
    with pytest.raises(ValueError, match=r"0\.npz is damaged"):
        Segment.load(tmp_path / "0.npz")


@pytest.mark.parametrize("data", [b"", b"no archive", b"PK\3\4 half of one"])
def test_files_that_are_no_segments_are_damaged(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "0.npz").write_bytes(data)
    for read in (Segment.load, frame_count):
        with pytest.raises(ValueError, match=r"0\.npz|pickled"):
            read(tmp_path / "0.npz")


def test_an_archive_of_something_else_is_damaged(tmp_path: Path) -> None:
    np.savez(tmp_path / "0.npz", other=np.zeros(3))
    for read in (Segment.load, frame_count):
        with pytest.raises(ValueError, match=r"0\.npz is damaged"):
            read(tmp_path / "0.npz")


def test_frames_are_counted_and_times_joined(tmp_path: Path) -> None:
    paths = [tmp_path / "0.npz", tmp_path / "1.npz"]
    segment(2, end=7).save(paths[0])
    replace(segment(3, end=9), pts=np.array([2, 4, 3])).save(paths[1])
    assert [frame_count(path) for path in paths] == [2, 3]
    times, end = all_pts(paths)
    assert (times.tolist(), end) == ([0, 1, 2, 4, 3], 9)


@pytest.mark.parametrize(
    ("pts", "end", "fine"),
    [
        ([2, 3], 4, True), ([2], (1 << 62) - 1, True), ([2], 1 << 62, False), ([2, 3], 3, False), ([1, 3], 4, False),
        ([2, 2], 4, False), ([], 4, False), ([-1, 3], 4, False),
    ],
)  # fmt: skip
def test_segments_follow_one_another_in_time(tmp_path: Path, pts: list[int], end: int, fine: bool) -> None:
    """Behind one that ends with time 1: later, each time once, and the end behind them, on a clock of 62 bits."""
    paths = [tmp_path / "0.npz", tmp_path / "1.npz"]
    segment(2, end=2).save(paths[0])
    replace(segment(2), pts=np.array(pts, np.int64), end=end).save(paths[1])
    if fine:
        assert all_pts(paths)[1] == end
    else:
        with pytest.raises(ValueError, match=r"1\.npz is damaged"):
            all_pts(paths)


def test_the_first_segment_may_begin_at_0_but_not_before(tmp_path: Path) -> None:
    segment(1, end=1).save(tmp_path / "0.npz")
    assert all_pts([tmp_path / "0.npz"])[1] == 1
    replace(segment(2), pts=np.array([-1, 3])).save(tmp_path / "0.npz")
    with pytest.raises(ValueError, match=r"0\.npz is damaged"):
        all_pts([tmp_path / "0.npz"])


def test_one_packet_that_is_all_of_the_data_is_read_and_what_lies_beside_it(tmp_path: Path) -> None:
    replace(segment(1), beside=np.arange(5, dtype=np.uint8)).save(tmp_path / "0.npz")
    read = Segment.load(tmp_path / "0.npz")
    assert (read.sizes.tolist(), read.beside.tolist()) == ([3], [0, 1, 2, 3, 4])
    segment(1).save(tmp_path / "0.npz")
    assert Segment.load(tmp_path / "0.npz").beside.size == 0


@pytest.mark.parametrize("version", [(1, 0), (2, 0)])
@pytest.mark.parametrize(
    ("name", "value"),
    [("pts", np.zeros(1, np.int64)), ("pts", np.zeros(1)), ("pts", np.zeros((1, 1), np.int64)),
     ("end", np.zeros(2, np.int64))],
)  # fmt: skip
def test_arrays_have_the_type_the_axis_and_the_version_in_which_they_are_written(
    tmp_path: Path, name: str, value: NDArray[Any], version: tuple[int, int]
) -> None:
    segment(1).save(tmp_path / "0.npz")
    with np.load(tmp_path / "0.npz") as saved:
        arrays = dict(saved)
    np.savez(tmp_path / "0.npz", **{key: array for key, array in arrays.items() if key != name})
    with ZipFile(tmp_path / "0.npz", "a") as archive, archive.open(f"{name}.npy", "w") as file:
        np.lib.format.write_array(file, value, version)
    if version == (1, 0) and value.shape == (1,) and value.dtype == np.int64:
        assert Segment.load(tmp_path / "0.npz").pts.tolist() == [0]
    else:
        with pytest.raises(ValueError, match=r"0\.npz is damaged"):
            Segment.load(tmp_path / "0.npz")


def test_what_is_compressed_is_not_unpacked(tmp_path: Path) -> None:
    segment(1).save(tmp_path / "0.npz")
    with np.load(tmp_path / "0.npz") as saved:
        np.savez_compressed(tmp_path / "1.npz", **dict(saved))
    with pytest.raises(ValueError, match=r"1\.npz is damaged"):
        Segment.load(tmp_path / "1.npz")


def test_decoding_runs_ahead_by_as_little_as_the_order_needs() -> None:
    assert decoding_times(np.array([0, 2, 1, 4, 3])).tolist() == [-1, 0, 1, 2, 3]
    assert decoding_times(np.array([0, 3, 2, 1])).tolist() == [-2, -1, 0, 1]
    assert decoding_times(np.array([50, 90, 70, 60])).tolist() == [30, 40, 50, 60]


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("000000.npz", 0), ("000012.npz", 12), ("1234567.npz", 1234567),
        ("0000012.npz", None), ("12.npz", None), ("000012.npy", None), ("x000012.npz", None), ("000012.npz.part", None),
    ],
)  # fmt: skip
def test_segments_are_numbered_by_their_names(name: str, number: int | None) -> None:
    assert segment_number(name) == number
    assert number is None or segment_name(number) == name
