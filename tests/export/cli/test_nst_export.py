"""Which checkpoint nst-export takes when none is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nstcam.export.cli.nst_export import newest_checkpoint
from nstcam.export.errors import ExportError
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.fit.run import RUN_FILE


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


def test_without_any_checkpoint_the_folder_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a" / RUN_FILE, 1000)
    with pytest.raises(ExportError, match="no checkpoint below") as refused:
        newest_checkpoint(tmp_path)
    assert str(tmp_path) in str(refused.value)
