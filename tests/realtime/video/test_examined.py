"""Tests of what is found out about a film once and told to all who make parts of it."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nstcam.realtime.effects.follow import Follower
from nstcam.realtime.errors import SourceError
from nstcam.realtime.video import examined as examined_module
from nstcam.realtime.video.examined import Canvas, Examined, canvas_offsets, examined_from, segment_count, stretch
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.parts import join_parts, stylize_part
from nstcam.realtime.video.reading.reader import VideoReader
from tests.support.killed_run import FOLLOWING as SETTINGS
from tests.support.killed_run import Strokes
from tests.support.media.clips import packets, texture, write_clip


def panned(path: Path) -> Path:
    return write_clip(path, picture=texture(96, 128), frames=30, pan=3)


def test_a_part_that_is_told_of_the_film_is_the_part_that_examined_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = panned(tmp_path / "pan.mkv")
    for number in (1, 2):
        stylize_part(clip, tmp_path / f"own{number}.nstpart", Strokes(), SETTINGS, part=number, parts=2)
    with VideoReader(clip) as reader:
        offsets = np.array(list(canvas_offsets(reader, SETTINGS)), np.int32)
    assert len({tuple(each) for each in offsets.tolist()}) > 5, "the camera moves"
    segments = segment_count(clip, SETTINGS)

    def measured(*_: object) -> None:
        raise AssertionError("examined again")

    monkeypatch.setattr(Follower, "follow", measured)
    monkeypatch.setattr(examined_module, "packet_times", measured)
    first = max(segments // 2 * 7 - 3, 0)
    known = [Examined(segments, Canvas(0, offsets)), Examined(segments, Canvas(first, offsets[first:]))]
    for number, one in enumerate(known, 1):
        told = examined_from(one.as_values())
        stylize_part(clip, tmp_path / f"told{number}.nstpart", Strokes(), SETTINGS, part=number, parts=2, examined=told)
    for name in ("own", "told"):
        join_parts(clip, tmp_path / f"{name}.mkv", [tmp_path / f"{name}{number}.nstpart" for number in (1, 2)])
    assert packets(tmp_path / "told.mkv") == packets(tmp_path / "own.mkv")


def test_a_frame_that_the_table_lacks_is_told(tmp_path: Path) -> None:
    clip = panned(tmp_path / "pan.mkv")
    short = Examined(segment_count(clip, SETTINGS), Canvas(0, np.zeros((9, 2), np.int32)))
    with pytest.raises(SourceError, match="has a frame 9 here but had frames 0 to 8 where it was examined"):
        stylize_part(clip, tmp_path / "a.nstpart", Strokes(), SETTINGS, part=1, parts=1, examined=short)


@pytest.mark.parametrize(
    "values",
    [
        None,
        {"segments": 2},
        {"segments": 0, "canvas": None},
        {"segments": 2.0, "canvas": None},
        {"segments": 2, "canvas": (0, b"1234567")},
        {"segments": 2, "canvas": (0, b"1234")},
        {"segments": 2, "canvas": (-1, b"12345678")},
        {"segments": 2, "canvas": (1 << 31, b"12345678")},
        {"segments": 1 << 31, "canvas": None},
        {"segments": 2, "canvas": (0, [0] * 8)},
        {"segments": 2, "canvas": (0.0, b"12345678")},
        {"segments": 2, "canvas": (0, b"", 3)},
    ],
)
def test_a_damaged_table_is_refused(values: Any) -> None:
    with pytest.raises(ValueError, match="the table of the film"):
        examined_from(values)


def test_tables_arrive_as_they_were() -> None:
    canvas = Canvas(5, np.array([[1, -2], [2**31 - 1, -(2**31)]], np.int32))
    told = examined_from(Examined(3, canvas).as_values())
    assert told.segments == 3
    assert told.canvas is not None
    assert [told.canvas.at(index) for index in (4, 5, 6, 7)] == [None, (1, -2), (2**31 - 1, -(2**31)), None]
    assert examined_from(Examined(3).as_values()) == Examined(3)
    last = (1 << 31) - 1
    assert examined_from({"segments": last, "canvas": None}) == Examined(last)
    assert examined_from({"segments": 1, "canvas": (last, b"")}).canvas is not None


@pytest.mark.parametrize("segments", [3, 4, 7, 10])
def test_parts_follow_one_another_and_are_as_long_as_one_another(segments: int) -> None:
    bounds = [stretch(Path("a.mp4"), segments, part, 3) for part in (1, 2, 3)]
    assert bounds == [(0, segments // 3), (segments // 3, 2 * segments // 3), (2 * segments // 3, None)]


def test_a_part_that_does_not_exist_is_told_with_those_that_do() -> None:
    for segments, part, parts, told in (
        (9, 0, 3, "part 0 of 3 does not exist; give 1/3 to 3/3"),
        (9, 4, 3, "part 4 of 3 does not exist; give 1/3 to 3/3"),
        (2, 1, 3, "a.mp4 is too short for 3 parts; make at most 2"),
        (0, 1, 1, "a.mp4 is too short for 1 parts; make at most 1"),
    ):
        with pytest.raises(SourceError, match=f"^{re.escape(told)}$"):
            stretch(Path("a.mp4"), segments, part, parts)


def test_segments_are_counted_as_they_are_cut(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mkv", frames=14, rate=Fraction(10))
    for settings, count in (
        (VideoSettings(segment_frames=7), 2), (VideoSettings(segment_frames=6), 3),
        (VideoSettings(segment_frames=14), 1),
        (VideoSettings(segment_frames=3, start=0.5, end=1.05), 2),
    ):  # fmt: skip
        assert segment_count(clip, settings) == count
