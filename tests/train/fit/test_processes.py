"""Tests that several processes train a network as one does: two of them, through gloo, on this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nstcam.train import processes
from nstcam.train.content.crops import TrainingCrops
from nstcam.train.errors import TrainError, UsageError
from nstcam.train.fit.batches import training_batches
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.processes import ALONE, Processes, from_environment
from tests.support.models.tiny import TINY_JOHNSON
from tests.support.training.short import CPU, SHORT, NoiseSource
from tests.support.training.together import train_together

SAME: dict[str, Any] = {"batch": 2, "steps": 10, "optimizer": "adam", "learning_rate": 2e-3}
"""Norms of a batch until step 4, flicker from step 4, frozen norms after it. Adam, because SOAP magnifies the
rounding of a sum in another order, in so small a network by 1 % within three steps."""


def test_two_processes_have_the_curve_of_one_with_the_same_batch_and_one_may_continue(tmp_path: Path) -> None:
    """With norms, colours or noise of their own they would not. Any process may ask for the stop: torchrun sends its
    signal to all of them."""
    (alone,) = train_together(tmp_path / "one", 1, **SAME)
    first, second = train_together(tmp_path / "two", 2, **SAME, stop_at=7)
    assert first["step"] == second["step"] == 7
    assert first["totals"] == second["totals"], "every process knows the loss of the whole batch"
    assert np.allclose(first["totals"], alone["totals"][:7], rtol=0.01)
    assert first["weights"] == second["weights"]
    (resumed,) = train_together(tmp_path / "two", 1, **SAME, resume=True)
    assert resumed["step"] == 10
    assert np.allclose(resumed["totals"], alone["totals"][7:], rtol=0.01)


@pytest.mark.slow
def test_instance_norm_too(tmp_path: Path) -> None:
    network = asdict(TINY_JOHNSON)
    (alone,) = train_together(tmp_path / "one", 1, **{**SAME, "steps": 4}, network=network)
    first, second = train_together(tmp_path / "two", 2, **{**SAME, "steps": 4}, network=network)
    assert np.allclose(first["totals"], alone["totals"], rtol=0.01)
    assert first["weights"] == second["weights"]


@pytest.mark.slow
def test_a_loss_that_is_not_finite_in_one_stops_all(tmp_path: Path) -> None:
    told = train_together(tmp_path / "two", 2, **SAME, bad_rank=1)
    assert all(each["error"].startswith("NotFiniteError: the loss is nan at step 0") for each in told)
    assert not (tmp_path / "two" / CHECKPOINT_NAME).exists()


def test_each_process_has_its_part_of_every_batch() -> None:
    config, crops = SHORT, TrainingCrops(NoiseSource(), SHORT.crop, SHORT.seed, 8, 100)
    config = type(config)(**{**vars(config), "batch": 4})
    for rank in (0, 1):
        batches = training_batches(config, NoiseSource(), 8, CPU, Processes(rank, 2, rank, 2))
        for begin in (0, 4):
            batch = next(batches)
            assert torch.equal(batch, torch.stack([crops[begin + 2 * rank], crops[begin + 2 * rank + 1]]))


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({}, ALONE),
        (
            {"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2"},
            Processes(3, 4, 1, 2),
        ),
        ({"RANK": "4", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2"}, None),
        ({"RANK": "one", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2"}, None),
        ({"RANK": "1", "WORLD_SIZE": "4"}, None),
    ],
)
def test_torchruns_variables(environment: dict[str, str], found: Processes | None) -> None:
    if found is not None:
        assert from_environment(environment) == found
        return
    with pytest.raises(UsageError, match="start nst-train with torchrun"):
        from_environment(environment)


@pytest.mark.parametrize(("rank", "torchrun", "checks_in"), [(1, False, True), (0, False, False), (1, True, False)])
def test_whom_the_first_process_waits_for_checks_in(
    monkeypatch: pytest.MonkeyPatch, rank: int, torchrun: bool, checks_in: bool
) -> None:
    """The first one opens the place where they meet; torchrun has one of its own."""
    told: list[str] = []

    class Meeting:
        def __init__(self, host: str, port: int, *, is_master: bool) -> None:
            assert (host, port, is_master) == ("127.0.0.1", 29500, False)

        def set(self, key: str, value: str) -> None:
            told.append(key)

    def ready(_: str, **place: object) -> None:
        told.append(f"{place['rank']} of {place['world_size']}")

    monkeypatch.setattr(processes, "TCPStore", Meeting)
    monkeypatch.setattr(torch.distributed, "init_process_group", ready)
    monkeypatch.setattr(torch.distributed, "destroy_process_group", lambda: told.append("left"))
    for name, value in (("MASTER_ADDR", "127.0.0.1"), ("MASTER_PORT", "29500")):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    if torchrun:
        monkeypatch.setenv("TORCHELASTIC_RUN_ID", "7")
    with processes.joined(Processes(rank, 2, rank, 2)):
        assert told == [*([f"nst-train/here/{rank}"] if checks_in else []), f"{rank} of 2"]
    assert told[-1] == "left"


def test_what_fails_in_one_process_is_not_made_alone() -> None:
    def fails() -> int:
        raise TrainError("no such painting")

    make: Callable[[], int] = fails
    with pytest.raises(TrainError, match="no such painting"):
        ALONE.together(make)
    assert ALONE.together(lambda: 3) == 3
