"""Tests that the figures of steps, read in batches, are complete and end before a step that went wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from nstcam.train.errors import TrainError
from nstcam.train.fit import loop as fit_module
from nstcam.train.fit import training_loss
from nstcam.train.fit.ledger import Ledger, steps_a_reading
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.loss.losses import range_penalty
from nstcam.train.network.checkpoint import load_checkpoint
from tests.support.models.tiny import TINY_LITE
from tests.support.training.short import SHORT, Runner


def figures(total: float, norm: float = 1.0) -> torch.Tensor:
    return torch.tensor([total, 1.0, 2.0, 3.0, 4.0, norm])


def test_steps_come_in_order_once_they_are_read_and_done() -> None:
    ledger = Ledger(SHORT, first=7, every=3)
    for number in range(3):
        ledger.add(figures(float(number)))
        if number < 2:
            ledger.ended(0.1 * number, 5.0 * number)
            assert ledger.take() == []
    assert [step.step for step in ledger.take()] == [8, 9], "the third is read, but not done"
    ledger.ended(0.2, 10.0)
    (step,) = ledger.take()
    assert (step.step, step.progress, step.total, step.flicker, step.seconds) == (10, 0.2, 2.0, 4.0, 10.0)
    ledger.add(figures(9.0))
    ledger.ended(0.3, 15.0)
    ledger.read()
    assert [(step.step, step.total) for step in ledger.take()] == [(11, 9.0)]
    ledger.read()
    assert ledger.take() == []


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (figures(float("nan")), r"loss is nan at step 21 \(content 1, style 2\): likely the learning rate"),
        (figures(float("inf")), r"loss is inf at step 21 .* last checkpoint is unharmed"),
        (figures(0.5, float("nan")), r"gradient is nan at step 21, of a loss of 0\.5; .* --resume"),
    ],
)
def test_the_first_step_that_went_wrong_is_named(bad: torch.Tensor, told: str) -> None:
    ledger = Ledger(SHORT, first=20, every=4)
    for terms_of_step in (figures(1.0), bad, figures(float("nan"))):
        ledger.add(terms_of_step)
    with pytest.raises(TrainError, match=told) as error:
        ledger.add(figures(float("nan")))
    assert len(str(error.value).splitlines()) == 1


def test_only_gpus_are_read_in_bundles() -> None:
    assert steps_a_reading(torch.device("cpu")) == 1
    assert steps_a_reading(torch.device("cuda")) > 1


@pytest.mark.parametrize("every", [3, pytest.param(100, marks=pytest.mark.slow)])
def test_bundles_change_neither_weights_nor_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    plain, bundled = Runner(), Runner()
    expected = plain(tmp_path / "plain")
    monkeypatch.setattr(fit_module, "steps_a_reading", lambda _: every)
    found = bundled(tmp_path / "bundled")
    assert found.step == expected.step
    assert [replace(step, seconds=0) for step in bundled.steps] == [replace(step, seconds=0) for step in plain.steps]
    for name, value in expected.weights.items():
        assert torch.equal(value, found.weights[name]), name


def test_a_loss_that_is_not_finite_is_found_before_a_checkpoint_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where five more steps were made of its weights, and a save came due, before anybody looked."""
    Runner()(tmp_path, stop_at=2)
    before = (tmp_path / CHECKPOINT_NAME).read_bytes()
    monkeypatch.setattr(fit_module, "steps_a_reading", lambda _: 100)
    calls: list[torch.Tensor] = []

    def penalty(image: torch.Tensor) -> torch.Tensor:
        calls.append(image)
        return range_penalty(image) * (float("nan") if len(calls) == 3 else 1.0)

    monkeypatch.setattr(training_loss, "range_penalty", penalty)
    config = replace(SHORT, network=TINY_LITE)
    with pytest.raises(TrainError, match="loss is nan at step 4 "):
        Runner()(tmp_path, config, resume=load_checkpoint(tmp_path / CHECKPOINT_NAME))
    assert len(calls) == 6, "to the end of the schedule"
    assert (tmp_path / CHECKPOINT_NAME).read_bytes() == before
