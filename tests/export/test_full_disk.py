"""Tests writing checkpoints and styles to a full disk and to places that cannot be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from nstcam.export.convert.exporter import export_style
from nstcam.export.errors import ExportError
from nstcam.train.errors import TrainError
from nstcam.train.fit.loop import CHECKPOINT_NAME
from tests.support.full_disk import at_most_bytes_in_a_file
from tests.support.models.tiny import random_checkpoint


def test_a_full_disk_is_told_and_keeps_the_checkpoint_of_before(tmp_path: Path) -> None:
    checkpoint, path = random_checkpoint(), tmp_path / CHECKPOINT_NAME
    checkpoint.save(path)
    before = path.read_bytes()
    with at_most_bytes_in_a_file(4000), pytest.raises(TrainError, match=r"checkpoint\.pt cannot be written \(.*; free"):
        checkpoint.save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_checkpoint_below_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainError, match=r"checkpoint\.pt cannot be written \(.*; free some space or choose another"):
        random_checkpoint().save(tmp_path / "file" / CHECKPOINT_NAME)


def test_a_full_disk_is_one_clear_error(tmp_path: Path) -> None:
    checkpoint = random_checkpoint()
    with (
        at_most_bytes_in_a_file(4000),
        pytest.raises(ExportError, match=r"x\.onnx cannot be written: .*; free some sp"),
    ):
        export_style(checkpoint, tmp_path / "x.onnx")
    assert list(tmp_path.iterdir()) == [], "nothing left behind"


def test_a_folder_is_no_target(tmp_path: Path) -> None:
    (tmp_path / "x.onnx").mkdir()
    with pytest.raises(ExportError, match=r"x\.onnx cannot be written: .*; free some space or choose another --output"):
        export_style(random_checkpoint(), tmp_path / "x.onnx", check=False)
    assert [p.name for p in tmp_path.iterdir()] == ["x.onnx"], "nothing left behind"
