"""Tests pictures as the frames of a video: which belong to a cut, their transparency, sizes and depth."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from nstcam.realtime.errors import SourceError
from nstcam.realtime.video.reading.sequence import SequenceReader, find_sequence, sequence_fingerprint, tell_gaps
from tests.support.media.numbered_pictures import level, write_pictures

TEN = Fraction(10)


def reader_of(path: Path, *cut: float, rate: Fraction = TEN, matte: tuple[int, int, int] = (0, 0, 0)) -> SequenceReader:
    sequence = find_sequence(path)
    assert sequence is not None
    return SequenceReader(sequence, rate, *cut, matte=matte)


@pytest.mark.parametrize(
    ("cut", "numbers"),
    [
        ((), [3, 4, 5, 7]), ((0, 0.1), [3]), ((0, 0.11), [3, 4]), ((0.1,), [4, 5, 7]), ((0.11,), [5, 7]),
        ((0.25, 99), [7]), ((0.3,), [7]), ((0.1, 0.3), [4, 5]),
    ],
)  # fmt: skip
def test_a_cut_has_the_pictures_that_begin_in_it(tmp_path: Path, cut: tuple[float, ...], numbers: list[int]) -> None:
    write_pictures(tmp_path / "in", [3, 4, 5, 7])
    with reader_of(tmp_path / "in", *cut) as reader:
        first = [3, 4, 5, 7].index(numbers[0])
        assert (reader.numbers, reader.total, reader.first_seconds) == (numbers, len(numbers), Fraction(first, 10))
        assert [round(each.frame[0, 0, 0] / 10) for each in reader] == numbers
        assert [(each.pts, each.duration) for each in reader] == [(index, 1) for index in range(len(numbers))]
        assert (reader.rate, reader.time_base, reader.size_wh) == (TEN, Fraction(1, 10), (64, 48))
        reader.skip(1)
        assert [each.pts for each in reader] == list(range(1, len(numbers)))


@pytest.mark.parametrize(
    ("cut", "span"),
    [((0.4,), "from 0.4 s on"), ((0.31, 0.4), "between 0.31 s and 0.4 s"), ((0.2, 0.2), "between 0.2 s and 0.2 s")],
)
def test_a_cut_without_pictures_is_told(tmp_path: Path, cut: tuple[float, ...], span: str) -> None:
    write_pictures(tmp_path / "in", [3, 4, 5, 7])
    told = f"{tmp_path / 'in'} lasts 0.40 s and has no frame {span}; choose another --from or --to"
    with pytest.raises(SourceError, match=f"^{re.escape(told)}$"):
        reader_of(tmp_path / "in", *cut)


@pytest.mark.parametrize("deep", [False, True])
def test_what_is_transparent_is_kept_or_seen_on_the_matte_told_once(
    tmp_path: Path, deep: bool, caplog: pytest.LogCaptureFixture
) -> None:
    clear = np.dstack((np.full((48, 64, 3), 200, np.uint8), np.full((48, 64), 102, np.uint8)))
    whole = np.dstack((clear[:, :, :3], np.full((48, 64), 255, np.uint8)))
    for name, pixels in (("1", clear), ("2", clear), ("3", whole)):
        cv2.imwrite(str(tmp_path / f"{name}.png"), pixels.astype(np.uint16) * 257 if deep else pixels)
    with reader_of(tmp_path, matte=(0, 255, 0)) as reader:
        assert (reader.has_alpha, reader.is_transparent, reader.is_deep) == (True, True, deep)
        frames = list(reader)
        assert [each.alpha for each in frames] == [None] * 3
        assert [each.deep is not None for each in frames] == [deep] * 3
        assert frames[1].frame[0, 0].tolist() == pytest.approx([80, 233, 80], abs=1)
        assert frames[2].frame[0, 0].tolist() == [200] * 3
    assert caplog.messages == [f"{tmp_path} has transparent pixels, which are shown on green"]
    with reader_of(tmp_path) as reader:
        reader.keep_alpha = True
        first, _, last = reader
    assert first.alpha is not None
    assert int(first.alpha[0, 0]) == (102 * 257 if deep else 102)
    assert last.alpha is None
    (tmp_path / "1.png").unlink()
    (tmp_path / "2.png").unlink()
    with reader_of(tmp_path) as reader:
        assert (reader.has_alpha, reader.is_transparent) == (True, False)


def test_pictures_of_other_sizes_get_bars_with_their_alpha_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clear = np.dstack((np.full((96, 64, 3), 200, np.uint8), np.full((96, 64), 102, np.uint8)))
    cv2.imwrite(str(tmp_path / "1.png"), level(1))
    for name in ("2", "3"):
        cv2.imwrite(str(tmp_path / f"{name}.png"), clear)
    with reader_of(tmp_path) as reader:
        reader.keep_alpha = True
        _, second, third = reader
    assert second.alpha is not None
    assert (second.frame.shape, second.alpha.shape) == (third.frame.shape, (48, 64)) == ((48, 64, 3), (48, 64))
    assert (int(second.alpha[24, 32]), int(second.frame[24, 32, 0]), int(second.frame[24, 2, 0])) == (102, 200, 0)
    told = f"{tmp_path / '2.png'} is 64x96, the first picture 64x48; it and others of another size are letterboxed"
    assert caplog.messages == [told]


@pytest.mark.parametrize(
    ("names", "numbers", "told"),
    [
        (["a1.png", "a2.png"], [1, 2], None),
        (["a1.png", "a3.png"], [1, 3], "1 picture is missing (2)"),
        (["a1.PNG", "a4.png"], [1, 4], "2 pictures are missing (2 to 3)"),
        (["a1.png", "b2.png"], None, None),
        (["a1.png", "a2.jpg"], None, None),
        (["a1.png", "a.png"], None, None),
        (["a1.png", "a01.png"], None, None),
    ],
)
def test_a_folder_is_numbered_if_names_differ_in_nothing_else(
    tmp_path: Path, names: list[str], numbers: list[int] | None, told: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    for name in names:
        (tmp_path / name).touch()
    sequence = find_sequence(tmp_path)
    assert sequence is not None
    assert sequence.numbers == numbers
    tell_gaps(sequence)
    assert caplog.messages == ([] if told is None else [f"{tmp_path}: {told}; the others follow one another"])


def test_a_fingerprint_is_of_names_sizes_beginnings_and_ends(tmp_path: Path) -> None:
    path = tmp_path / "1.png"

    def told() -> object:
        sequence = find_sequence(tmp_path)
        assert sequence is not None
        return sequence_fingerprint(sequence)

    data = bytearray(10_000)
    path.write_bytes(data)
    before = told()
    assert isinstance(before, dict)
    assert (before["files"], before["bytes"]) == (1, 10_000)
    for place, tells in ((0, True), (4095, True), (4096, False), (5903, False), (5904, True), (9999, True)):
        data[place] = 1
        path.write_bytes(data)
        assert (told() != before) == tells, place
        data[place] = 0
    path.write_bytes(data)
    path.rename(tmp_path / "2.png")
    assert told() != before
