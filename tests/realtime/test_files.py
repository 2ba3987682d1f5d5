"""Output files: finished or not, and locked."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import pytest

from nstcam.realtime.files import is_complete, lock_file, part_file, work_path


def test_a_target_that_an_interrupted_run_was_to_replace_is_not_complete(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    assert not is_complete(target)
    target.touch()
    assert is_complete(target)
    work_path(target).mkdir()
    assert not is_complete(target)


def test_a_part_file_replaces_its_target_at_the_end_only(tmp_path: Path) -> None:
    target = tmp_path / "out.png"
    target.write_text("old")
    with suppress(ZeroDivisionError), part_file(target) as part:
        part.write_text("half")
        raise ZeroDivisionError
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]
    with part_file(target) as part:
        part.write_text("new")
        assert target.read_text() == "old"
    assert [path.read_text() for path in tmp_path.iterdir()] == ["new"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_lock_leaves_contents_alone_and_follows_no_link(tmp_path: Path) -> None:
    precious, link = tmp_path / "precious", tmp_path / "lock"
    precious.write_text("kept")
    link.symlink_to(precious)
    with pytest.raises(OSError, match="symbolic links"):
        lock_file(link)
    with lock_file(precious):
        with pytest.raises(BlockingIOError):
            lock_file(precious)
        assert precious.read_text() == "kept"
    with lock_file(precious):
        pass
