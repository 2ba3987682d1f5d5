"""Tests which checkpoint nst-export takes if none is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nstcam.export.cli import nst_export
from nstcam.export.cli.nst_export import newest_checkpoint
from nstcam.export.errors import ExportError
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.fit.run_folder import RUN_FILE
from tests.support.commands import outcome
from tests.support.models.tiny import TINY_JOHNSON, random_checkpoint


def write(path: Path, seconds: float) -> Path:
    """An empty file, last written at that time."""
    path.parent.mkdir(exist_ok=True)
    path.touch()
    os.utime(path, (seconds, seconds))
    return path


def test_the_checkpoint_written_last_is_taken(tmp_path: Path) -> None:
    newest = write(tmp_path / "a" / CHECKPOINT_NAME, 2000)
    write(tmp_path / "b" / CHECKPOINT_NAME, 1000)
    assert newest_checkpoint(tmp_path) == newest


@pytest.mark.parametrize(("begun", "told"), [(3000, True), (1000, False)])
def test_a_newer_run_without_a_checkpoint_is_mentioned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], begun: float, told: bool
) -> None:
    write(tmp_path / "a" / RUN_FILE, 500)
    finished = write(tmp_path / "a" / CHECKPOINT_NAME, 2000)
    write(tmp_path / "b" / RUN_FILE, begun)
    assert newest_checkpoint(tmp_path) == finished
    message = f"{tmp_path / 'b'} is newer but has no checkpoint yet; exporting the run before it\n"
    assert capsys.readouterr().err == (message if told else "")


def test_names_are_printed_without_control_characters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    random_checkpoint(TINY_JOHNSON).save(tmp_path / "a\x1b[2J.pt")
    target = tmp_path / "b\x1b[2J.onnx"
    words = ("nst-export", str(tmp_path / "a\x1b[2J.pt"), "--output", str(target), "--no-check")
    code, out, error = outcome(nst_export.main, words, monkeypatch, capsys)
    assert code == 0, error
    assert target.is_file()
    missing = outcome(nst_export.main, ("nst-export", "\x1b[2J.pt"), monkeypatch, capsys)
    assert missing[0] == 1
    assert "checkpoint \\x1b[2J.pt not found" in missing[2]
    assert f"{tmp_path}/a\\x1b[2J.pt, step" in out
    assert f"try it: nstcam --style {tmp_path}/b\\x1b[2J.onnx" in out
    assert "\x1b" not in out + error + missing[2]


def test_without_any_checkpoint_the_folder_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a" / RUN_FILE, 1000)
    with pytest.raises(ExportError, match="no checkpoint below") as refused:
        newest_checkpoint(tmp_path)
    assert str(tmp_path) in str(refused.value)
