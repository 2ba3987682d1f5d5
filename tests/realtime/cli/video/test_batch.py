"""Tests which files of a folder are converted, and the names of their outputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from nstcam.realtime.cli.video import batch
from nstcam.realtime.cli.video.batch import Job
from nstcam.realtime.errors import SourceError


def test_a_folder_gives_its_visible_files_of_known_kinds(tmp_path: Path) -> None:
    for name in ("b.mp4", "A.MKV", ".hidden.mp4", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "folder.mp4").mkdir()
    out = tmp_path / "out"
    planned = batch.plan([tmp_path], out, (".mp4", ".mkv"))
    assert planned.jobs == [Job(tmp_path / "A.MKV", out / "A.MKV"), Job(tmp_path / "b.mp4", out / "b.mp4")]


def test_a_folder_without_such_files_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(SourceError, match=r"holds no file with a known suffix, like \.mp4, \.mkv"):
        batch.plan([tmp_path], tmp_path / "out", (".mp4", ".mkv"))
