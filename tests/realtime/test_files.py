"""Tests output files: part files, atomic replacement, locks, and what is refused before any work."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

import pytest

from nstcam.realtime.errors import NstError, SinkError, SourceError
from nstcam.realtime.files import check_paths, discard_parts, is_complete, lock_file, part_file, work_path

SUFFIXES = (".mp4", ".mkv")


def test_complete_is_what_is_there_and_not_about_to_be_replaced(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    assert not is_complete(target)
    work_path(target).mkdir()
    assert not is_complete(target), "it grows"
    target.touch()
    assert not is_complete(target), "a run that replaces it was interrupted"
    work_path(target).rmdir()
    assert is_complete(target)


def test_a_name_too_long_for_a_work_folder_is_complete_by_itself(tmp_path: Path) -> None:
    target = tmp_path / ("n" * 251 + ".mp4")
    target.touch()
    assert is_complete(target)


@pytest.mark.parametrize(
    ("source", "target", "error", "says"),
    [
        ("missing.mp4", "out.mp4", SourceError, r"missing\.mp4 not found; check the path$"),
        ("folder", "out.mp4", SourceError, "folder is a folder; add --output-dir FOLDER"),
        ("in.mp4", "out.avi", SinkError, r"out\.avi: its name must end in one of \.mp4, \.mkv$"),
        ("in.mp4", "folder", SinkError, "folder: it is a folder; give the name of a file in it$"),
        ("in.mp4", "folder.mp4", SinkError, "it is a folder; give the name of a file in it$"),
        ("in.mp4", "nowhere/out.mp4", SinkError, "there is no folder .*nowhere; create it first$"),
        ("in.mp4", "in.mp4", SinkError, "it is the source itself; choose another name$"),
        ("in.mp4", "there.mp4", SinkError, "exists already; choose another name or add --overwrite$"),
        ("in.mp4", "begun.mp4", SinkError, "a run that replaces it was interrupted; add --resume --overwrite"),
    ],
)
def test_what_is_refused_before_any_work(
    tmp_path: Path, source: str, target: str, error: type[NstError], says: str
) -> None:
    for name in ("in.mp4", "there.mp4", "begun.mp4"):
        (tmp_path / name).write_text("precious")
    for folder in ("folder", "folder.mp4", ".begun.mp4.nstcam"):
        (tmp_path / folder).mkdir()
    with pytest.raises(error, match=says):
        check_paths(tmp_path / source, tmp_path / target, SUFFIXES, overwrite=False)


def test_overwriting_is_allowed_when_asked_for_but_never_of_the_source(tmp_path: Path) -> None:
    for name in ("in.mp4", "there.mp4"):
        (tmp_path / name).touch()
    check_paths(tmp_path / "in.mp4", tmp_path / "there.mp4", SUFFIXES, overwrite=True)
    check_paths(tmp_path / "in.mp4", tmp_path / "new.MP4", SUFFIXES, overwrite=False)
    with pytest.raises(SinkError, match="the source itself"):
        check_paths(tmp_path / "in.mp4", tmp_path / "in.mp4", SUFFIXES, overwrite=True)


def test_one_suffix_is_not_one_of_several(tmp_path: Path) -> None:
    (tmp_path / "in.mp4").touch()
    with pytest.raises(SinkError, match=r"its name must end in \.nstpart$"):
        check_paths(tmp_path / "in.mp4", tmp_path / "out.mp4", (".nstpart",), overwrite=False)


def test_a_part_file_replaces_its_target_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    target.write_text("old")
    with part_file(target) as part:
        assert (part.parent, part.suffix) == (tmp_path, ".mp4")
        part.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_part_file_of_a_failure_leaves_the_target(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    target.write_text("old")

    def fail() -> None:
        with part_file(target) as part:
            part.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_part_files_can_be_discarded_from_outside(tmp_path: Path) -> None:
    target = tmp_path / "out.png"
    target.write_text("old")
    part = part_file(target)
    part.__enter__()
    discard_parts()
    assert list(tmp_path.iterdir()) == [target]
    with pytest.raises(SinkError):
        part.__exit__(None, None, None)
    assert target.read_text() == "old"


def test_a_part_file_may_lie_in_a_folder_beside_its_target(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    with part_file(tmp_path / "out.mp4", work) as part:
        assert part.parent == work
    assert (tmp_path / "out.mp4").is_file()
    assert list(work.iterdir()) == []


def test_a_part_file_that_cannot_be_made_or_moved_is_one_line(tmp_path: Path) -> None:
    with (
        pytest.raises(SinkError, match=r"cannot write in .* \(No such file or directory\); choose another folder"),
        part_file(tmp_path / "nowhere" / "out.mp4"),
    ):
        pass
    (tmp_path / "out.mp4").mkdir()
    with (
        pytest.raises(SinkError, match=r"cannot replace .*out\.mp4 \(.*\); close the program that has it open"),
        part_file(tmp_path / "out.mp4"),
    ):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_lock_leaves_contents_alone_and_follows_no_link(tmp_path: Path) -> None:
    precious, link = tmp_path / "precious", tmp_path / "lock"
    precious.write_text("kept")
    link.symlink_to(precious)
    with pytest.raises(OSError, match="symbolic link"):
        lock_file(link)
    with lock_file(precious):
        with pytest.raises(BlockingIOError):
            lock_file(precious)
        assert precious.read_text() == "kept"
    with lock_file(precious):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="a file that is open cannot be removed there")
@pytest.mark.parametrize("again", [False, True])
def test_a_lock_on_a_file_that_its_owner_has_just_removed_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    import fcntl

    path, lock = tmp_path / "lock", fcntl.flock

    def removed_before(file: IO[bytes], how: int) -> None:
        path.unlink()
        if again:  # another process has made one of the same name, and locks that one
            path.touch()
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", removed_before)
    with pytest.raises(BlockingIOError):
        lock_file(path)
