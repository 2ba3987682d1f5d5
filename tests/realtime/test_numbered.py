"""Tests the names of numbered pictures, and which of them are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from nstcam.realtime.errors import SourceError
from nstcam.realtime.numbered import Numbered, as_people_sort, gaps, numbered


def test_names_are_those_of_printf() -> None:
    names = numbered(Path("frames/shot_%04d.final.png"))
    assert names is not None
    assert names.path(7) == Path("frames/shot_0007.final.png")
    assert names.path(12345) == Path("frames/shot_12345.final.png")
    assert names.suffix == ".png"
    assert [names.number(name) for name in ("shot_0007.final.png", "shot_12345.final.png")] == [7, 12345]
    for other in (
        "shot_7.final.png",
        "shot_00007.final.png",
        "shot_0007.png",
        "shot_.final.png",
        "shot_１２３４.final.png",
    ):
        assert names.number(other) is None, other


def test_only_a_percent_d_that_is_no_file_makes_numbers(tmp_path: Path) -> None:
    assert numbered(tmp_path / "clip.mp4") is None
    assert numbered(tmp_path / "100%.png") is None
    assert numbered(tmp_path / "%d" / "clip.png") is None
    (tmp_path / "it is %d.png").touch()
    assert numbered(tmp_path / "it is %d.png") is None
    with pytest.raises(SourceError, match="has 2 places for a number; give one"):
        numbered(tmp_path / "%d-%03d.png")


def test_what_is_there_is_found_by_number_and_folders_do_not_count(tmp_path: Path) -> None:
    for name in ("10.png", "2.png", "02.png", "9.jpg", "x.png"):
        (tmp_path / name).touch()
    (tmp_path / "3.png").mkdir()
    names, nowhere = numbered(tmp_path / "%d.png"), numbered(tmp_path / "nowhere" / "%d.png")
    assert names is not None
    assert nowhere is not None
    assert names.there() == [2, 10]
    assert nowhere.there() == []


def test_files_are_sorted_as_people_sort() -> None:
    names = ["b1.png", "A10.png", "a2.png", "a02.png", "a.png", "a1b12.png", "a1b2.png"]
    ordered = [path.name for path in sorted(map(Path, names), key=as_people_sort)]
    assert ordered == ["a.png", "a1b2.png", "a1b12.png", "a02.png", "a2.png", "A10.png", "b1.png"]


def test_gaps_are_named_and_many_are_cut_short() -> None:
    assert gaps([3, 4, 5]) == gaps([7]) == ""
    assert gaps([1, 3, 7, 8]) == "2, 4 to 6"
    assert gaps(range(1, 20, 2)) == "2, 4, 6, 8, 10, ..."


def test_a_number_has_nine_digits_at_most_and_the_name_is_the_whole_name(tmp_path: Path) -> None:
    names = Numbered(tmp_path, "ab", 3, "cd.png")
    assert [names.number(name) for name in ("ab007cd.png", "ab123456789cd.png")] == [7, 123456789]
    for other in (
        "ab1234567890cd.png",
        "xb007cd.png",
        "ab007cx.png",
        "ab7cd.png",
        "ab0007cd.png",
        "007cd.png",
        "ab",
        "",
    ):
        assert names.number(other) is None
