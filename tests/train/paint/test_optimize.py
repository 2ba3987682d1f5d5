"""Tests the optimizer at a tiny size, with a random loss network."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from nstcam.train.errors import TrainError
from nstcam.train.loss.objective import Errors, Objective, ObjectiveConfig
from nstcam.train.paint.optimize import Evaluation, Method, Optimizer, State, optimize
from nstcam.train.progress import Stop
from tests.support.models.rounding import rounding
from tests.support.models.tiny import random_loss_network

TEN_STEPS = [5.2764, 4.0918, 3.1364, 2.4264, 2.0379, 1.3604, 1.0739, 0.9558, 0.9001, 0.8582, 0.7831]
"""Losses of the day this was written."""


def noise(seed: int, height: int = 32, width: int = 40) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def objective() -> Objective:
    return Objective(random_loss_network(), noise(1), [(noise(2) ** 2, 1.0)], ObjectiveConfig())


def test_ten_steps_give_the_losses_they_gave(objective: Objective) -> None:
    """A change of the loss or of the steps shows here."""
    totals: list[float] = []
    optimize(objective, noise(1), Method(evaluations=11), report=lambda e: totals.append(e.errors.total))
    assert totals == pytest.approx(TEN_STEPS, rel=0.02)


@pytest.mark.parametrize(("optimizer", "share"), [("lbfgs", 0.15), ("adam", 0.5)])
def test_the_loss_falls(objective: Objective, optimizer: Optimizer, share: float) -> None:
    found: list[Evaluation] = []
    outcome = optimize(objective, noise(1), Method(optimizer=optimizer, evaluations=25), report=found.append)
    assert [e.number for e in found] == list(range(1, 26))
    assert outcome.errors.total < share * found[0].errors.total
    assert outcome.errors.total == min(e.errors.total for e in found)
    assert objective(outcome.image)[0].total == pytest.approx(outcome.errors.total, rel=rounding(10 * 9 * 4))
    assert (outcome.evaluations, outcome.finished) == (25, True)


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_a_run_that_goes_on_ends_the_same(objective: Objective, optimizer: Optimizer) -> None:
    method = Method(optimizer=optimizer, evaluations=12)
    whole = optimize(objective, noise(1), method)
    stop, states = Stop(), list[State]()

    def keep(state: State) -> None:
        states.append(copy.deepcopy(state))
        stop.asked = state["done"] == 7

    part = optimize(objective, noise(1), method, stop=stop, keep=keep)
    assert (part.evaluations, part.finished) == (7, False)
    rest = optimize(objective, noise(9), method, state=states[-1])
    assert rest.errors == whole.errors
    assert torch.equal(rest.image, whole.image)


def test_stopping_keeps_the_best_so_far(objective: Objective) -> None:
    stop, found = Stop(), list[Evaluation]()

    def report(evaluation: Evaluation) -> None:
        found.append(evaluation)
        stop.asked = evaluation.number == 4

    outcome = optimize(objective, noise(1), Method(optimizer="lbfgs", evaluations=100), stop=stop, report=report)
    assert len(found) == 4
    best = min(found, key=lambda e: e.errors.total)
    assert torch.equal(outcome.image, best.image)
    assert outcome.errors == best.errors


def test_a_perfect_start_ends_at_once() -> None:
    picture = noise(1)
    objective = Objective(random_loss_network(), picture, [], ObjectiveConfig(style_weight=0))
    outcome = optimize(objective, picture)
    assert (outcome.evaluations, outcome.errors.total, outcome.finished) == (1, 0, True)
    assert torch.equal(outcome.image, picture)


def test_luminance_stays_grey() -> None:
    grey = noise(1).mean(1, keepdim=True)
    objective = Objective(random_loss_network(), grey.expand(-1, 3, -1, -1), [(noise(2), 1.0)], ObjectiveConfig())
    outcome = optimize(objective, grey, Method(evaluations=8))
    assert torch.equal(outcome.image[:, 0], outcome.image[:, 2])
    assert not torch.allclose(outcome.image[:, :1], grey)


class Scripted:
    """An objective whose loss is told by a function of how often it was asked."""

    def __init__(self, total: Callable[[int], float]) -> None:
        self.total, self.asked, self.images = total, 0, list[Tensor]()

    def __call__(self, image: Tensor) -> tuple[Errors, Tensor]:
        self.asked += 1
        self.images.append(image.clone())
        return Errors(self.total(self.asked), 0.0, 0.0, {}), torch.ones_like(image)


def test_a_leap_is_taken_back() -> None:
    scripted = Scripted(lambda n: float("nan") if n == 3 else 1 / n)
    optimize(scripted, noise(1), Method(evaluations=5))  # type: ignore[arg-type]
    assert torch.equal(scripted.images[3], scripted.images[1]), "back to the best, the second"
    first, second = (scripted.images[i + 1] - scripted.images[i] for i in (0, 3))
    assert second.abs().mean() == pytest.approx(first.abs().mean().item() / 4, rel=1e-3)


def test_a_loss_that_never_falls_again_is_an_error() -> None:
    scripted = Scripted(lambda n: 1.0 if n == 1 else 100.0)
    with pytest.raises(TrainError, match=r"does not fall below 1; .* adam"):
        optimize(scripted, noise(1))  # type: ignore[arg-type]


def test_a_loss_that_is_not_finite_at_the_start_is_an_error() -> None:
    with pytest.raises(TrainError, match="loss is inf at the start"):
        optimize(Scripted(lambda _: float("inf")), noise(1))  # type: ignore[arg-type]
