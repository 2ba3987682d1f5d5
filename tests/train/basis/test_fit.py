"""Tests of the training of a basis, on a tiny network and with a random loss network."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nstcam.train.basis.fit import Figures, basis_config, fit_basis
from nstcam.train.basis.measured import MeasuredPicture, measure, read_measured
from nstcam.train.basis.model import BasisNet, whitening
from nstcam.train.basis.pictures import Planned
from nstcam.train.errors import NotFiniteError, TrainError
from nstcam.train.progress import Stop
from tests.support.models.tiny import TINY_LITE, random_loss_network
from tests.support.training.short import PAINTING, NoiseSource, briefly
from tests.train.basis.test_model import lite

CONFIG = replace(basis_config(TINY_LITE, None), crop=64, steps=4, warmup_steps=1)


@pytest.fixture(autouse=True)
def _brief() -> Iterator[None]:
    with briefly():
        yield


def mean_and_deviation(bgr: np.ndarray) -> np.ndarray:
    """Stands for features."""
    return np.concatenate([bgr.mean((0, 1)), bgr.std((0, 1))]).astype(np.float32)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[MeasuredPicture]:
    folder = tmp_path_factory.mktemp("measured")
    found = []
    for number in range(4):
        planned = Planned(str(number), lambda _: PAINTING, "one" if number % 2 else None, often=1 + number)
        picture = np.roll(PAINTING // (number + 1), number, 2)
        measure(folder / f"{number}.pt", picture, mean_and_deviation, random_loss_network())
        found.append(read_measured(folder / f"{number}.pt", planned))
    return found


def model_of(pictures: list[MeasuredPicture], names: tuple[str, ...] = ("one", "two")) -> BasisNet:
    torch.manual_seed(0)
    learnt = {name: lite(number) for number, name in enumerate(names, 1)}
    return BasisNet(lite(0), learnt, whitening(torch.stack([picture.features for picture in pictures])))


def fit(pictures: list[MeasuredPicture], folder: Path, **more: Any) -> BasisNet:
    model = more.pop("model", None) or model_of(pictures)
    config, loss_network = more.pop("config", CONFIG), more.pop("loss_network", None) or random_loss_network()
    return fit_basis(model, pictures, config, NoiseSource(), loss_network, folder, **more)


def test_mean_changes_and_head_all_move(pictures: list[MeasuredPicture], tmp_path: Path) -> None:
    model, steps = model_of(pictures), list[Figures]()
    before = copy.deepcopy(model.state_dict())
    averaged = fit(pictures, tmp_path, model=model, report=steps.append).state_dict()
    assert [step.step for step in steps] == [1, 2, 3, 4]
    assert steps[-1].progress == 1
    for name, values in averaged.items():
        fixed = name in ("feature_mean", "feature_deviation", "projection")
        assert torch.equal(values, before[name]) == fixed, name
    assert not torch.equal(averaged["mean.0"], model.state_dict()["mean.0"]), "it is an average"


def test_the_loss_gets_smaller(pictures: list[MeasuredPicture], tmp_path: Path) -> None:
    losses: list[float] = []
    config = replace(CONFIG, steps=40, learning_rate=2e-3)
    fit(pictures[:1], tmp_path, model=model_of(pictures), config=config, report=lambda step: losses.append(step.total))
    assert np.mean(losses[-10:]) < 0.9 * np.mean(losses[:10])


def test_an_interrupted_training_goes_on_bit_for_bit(pictures: list[MeasuredPicture], tmp_path: Path) -> None:
    whole = fit(pictures, tmp_path / "whole").state_dict()
    stop = Stop()

    def interrupt(step: Figures) -> None:
        stop.asked = step.step == 2

    assert not torch.equal(
        fit(pictures, tmp_path / "parts", stop=stop, report=interrupt).state_dict()["mean.0"], whole["mean.0"]
    )
    steps: list[int] = []
    parts = fit(pictures, tmp_path / "parts", report=lambda step: steps.append(step.step)).state_dict()
    assert steps == [3, 4]
    assert all(torch.equal(values, whole[name]) for name, values in parts.items())
    again = fit(pictures, tmp_path / "parts").state_dict()
    assert all(torch.equal(values, whole[name]) for name, values in again.items()), "it was finished"


def test_it_goes_on_only_with_the_same_paintings(pictures: list[MeasuredPicture], tmp_path: Path) -> None:
    fit(pictures, tmp_path)
    with pytest.raises(TrainError, match="other paintings; choose another --work"):
        fit(pictures, tmp_path, model=model_of(pictures, ("one", "three")))
    (tmp_path / "training.pt").write_bytes(b"?")
    with pytest.raises(TrainError, match=r"training\.pt is damaged .*; delete it"):
        fit(pictures, tmp_path)


def test_a_loss_that_is_not_finite_ends_it(pictures: list[MeasuredPicture], tmp_path: Path) -> None:
    broken = random_loss_network()
    with torch.no_grad():
        next(broken.parameters()).fill_(float("nan"))
    with pytest.raises(NotFiniteError, match="not finite at step 0; the checkpoint"):
        fit(pictures, tmp_path, loss_network=broken)


def test_a_damaged_measurement_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"none\.pt is damaged .*; delete it"):
        read_measured(tmp_path / "none.pt", Planned("none", lambda _: PAINTING, None))
