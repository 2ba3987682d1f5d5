"""Tests which run is continued when none is named."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from nstcam.train.errors import TrainError
from nstcam.train.fit import run_folder
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.fit.run_folder import newest_interrupted
from nstcam.train.run_lock import locked


def test_the_interrupted_run_that_was_written_last_is_continued(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for age, name in enumerate(("finished", "training", "new", "old")):
        (tmp_path / name).mkdir()
        (tmp_path / name / CHECKPOINT_NAME).touch()
        os.utime(tmp_path / name / CHECKPOINT_NAME, (1000 - age, 1000 - age))
    monkeypatch.setattr(
        run_folder, "load_checkpoint", lambda path: SimpleNamespace(finished=path.parent.name == "finished")
    )
    with locked(tmp_path / "training"):
        assert newest_interrupted(tmp_path) == tmp_path / "new"
    with pytest.raises(TrainError, match="no interrupted run below"):
        newest_interrupted(tmp_path / "new")
