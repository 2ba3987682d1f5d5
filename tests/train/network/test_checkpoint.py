"""Tests what checkpoints hold, and the messages for files of other versions."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from nstcam.train.errors import TrainError
from nstcam.train.fit.config import config_from
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.fit.run_folder import Inputs, TrainingRun, interrupted_run, save_inputs
from nstcam.train.network.checkpoint import WARM_STARTS, load_checkpoint
from tests.support.models.tiny import random_checkpoint
from tests.support.training.short import PAINTING, SHORT, Runner


def test_what_a_later_version_saved_is_told(tmp_path: Path) -> None:
    checkpoint = Runner()(tmp_path, stop_at=2)
    later = replace(checkpoint, training={**checkpoint.training, "glitter": 1.0})
    later.save(tmp_path / CHECKPOINT_NAME)
    save_inputs(
        TrainingRun(
            folder=tmp_path,
            config=SHORT,
            identity=later.identity,
            painting=PAINTING,
            inputs=Inputs((), "vgg16", None),
        )
    )
    with pytest.raises(TrainError, match=r"was started by a newer nstcam \(.*glitter.*\); update this one"):
        interrupted_run(tmp_path)
    saved = torch.load(tmp_path / CHECKPOINT_NAME)
    torch.save({**saved, "network": {**saved["network"], "glitter": 1}}, tmp_path / "x.pt")
    with pytest.raises(TrainError, match=r"x\.pt was written by a newer nstcam \(.*glitter.*\); update this one"):
        load_checkpoint(tmp_path / "x.pt")


def test_another_format_and_missing_fields_are_told(tmp_path: Path) -> None:
    random_checkpoint().save(tmp_path / "x.pt")
    saved = torch.load(tmp_path / "x.pt")
    torch.save({**saved, "format": "nstcam-checkpoint-1"}, tmp_path / "old.pt")
    with pytest.raises(TrainError, match=r"old\.pt is not a checkpoint of this version .*expected nstcam-checkpoint-2"):
        load_checkpoint(tmp_path / "old.pt")
    torch.save({name: value for name, value in saved.items() if name != "weights"}, tmp_path / "part.pt")
    with pytest.raises(TrainError, match=r"part\.pt is damaged: it has no weights$"):
        load_checkpoint(tmp_path / "part.pt")


def test_history_is_kept_by_name(tmp_path: Path) -> None:
    run = Runner()
    checkpoint = run(tmp_path, stop_at=2)
    assert checkpoint.state is not None
    assert checkpoint.state["history"] == [asdict(step) for step in run.steps]
    assert not load_checkpoint(tmp_path / CHECKPOINT_NAME).finished
    assert run(tmp_path, resume=checkpoint).finished


@pytest.mark.parametrize("path", sorted(WARM_STARTS.glob("*.pt")), ids=lambda path: path.stem)
def test_bundled_checkpoints_are_complete(path: Path) -> None:
    checkpoint = load_checkpoint(path)
    assert config_from(checkpoint.training).network == checkpoint.network
    assert checkpoint.signature is not None
    assert checkpoint.provenance is not None
    assert checkpoint.finished
