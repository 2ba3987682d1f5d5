"""Tests the saved state of an interrupted picture if it is damaged or from a stranger: one line."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import torch

from nstcam.train.errors import TrainError
from nstcam.train.paint.folder import PaintFolder
from nstcam.train.paint.optimize import Method
from nstcam.train.paint.pyramid import PaintConfig, paint
from nstcam.train.progress import Stop
from tests.support.models.tiny import random_loss_network

CPU: Final = torch.device("cpu")
CONTENT: Final = np.random.default_rng(0).integers(0, 256, (40, 48, 3), dtype=np.uint8)
NAN: Final = float("nan")
VALUES: Final[dict[str, tuple[object, ...]]] = {
    "level": (-1, 1, 10**9, 0.5, None, True),
    "start": (None, torch.zeros(1), torch.zeros(1, 3, 40, 47), torch.full((1, 3, 40, 48), NAN)),
    "inner": (None, {}, []),
    "inner.pixels": (None, torch.zeros(1, 1, 40, 48), torch.zeros(1).expand(1, 3, 40, 48)),
    "inner.best": (torch.zeros(3), torch.zeros(1, 3, 40, 48, dtype=torch.int64)),
    "inner.best_errors": (None, {}, {"total": 1}, {"total": "1", "content": 0, "style": 0, "layers": {}}),
    "inner.done": (-1, None, 1.5),
    "inner.reach": (NAN, None, -1),
    "inner.optimizer": (None, [], {}, {"state": {}, "param_groups": []}),
}


def config(optimizer: Any) -> PaintConfig:
    return PaintConfig(size=48, method=Method(optimizer=optimizer, evaluations=6))


def painted(optimizer: str, state: Any = None) -> dict[str, Any]:
    """Paints on from the state; returns one kept after four evaluations."""
    kept: list[dict[str, Any]] = []
    stop = Stop()

    def keep(new: dict[str, Any]) -> None:
        kept.append(copy.deepcopy(new))
        stop.asked = len(kept) == 4

    style = [(CONTENT[::-1].copy(), 1.0)]
    paint(CONTENT, style, random_loss_network(), config(optimizer), CPU, state=state, stop=stop, keep=keep)
    return kept[-1]


@pytest.fixture(scope="module")
def states() -> dict[str, dict[str, Any]]:
    return {optimizer: painted(optimizer) for optimizer in ("lbfgs", "adam")}


@pytest.mark.parametrize("place", VALUES)
def test_each_value_is_checked(states: dict[str, dict[str, Any]], place: str) -> None:
    for value in VALUES[place]:
        state = copy.deepcopy(states["lbfgs"])
        outer, _, inner = place.partition(".")
        if inner:
            state[outer][inner] = value
        else:
            state[outer] = value
        with pytest.raises(TrainError, match=r"the saved state is damaged \(.+\); start again without --resume"):
            painted("lbfgs", state)
    whole = copy.deepcopy(states["lbfgs"])
    wrong: Any
    for wrong in ([], {}, {key: whole[key] for key in ("level", "start")}, whole | {"more": 1}):
        with pytest.raises(TrainError, match=r"the saved state is damaged \(it is not complete\)"):
            painted("lbfgs", wrong)
    painted("lbfgs", whole)


OPTIMIZERS: Final[dict[str, tuple[str, Callable[[dict[str, Any]], object]]]] = {
    "directions of another length": ("lbfgs", lambda s: s.update(old_dirs=[torch.zeros(3)] * 3)),
    "too few steps": ("lbfgs", lambda s: s.update(old_stps=[])),
    "a direction that is a word": ("lbfgs", lambda s: s.update(d="x")),
    "not finite": ("lbfgs", lambda s: s.update(d=s["d"] * NAN)),
    "moments of another shape": ("adam", lambda s: s.update(exp_avg=torch.zeros(2, 2))),
    "no step": ("adam", lambda s: s.pop("step")),
}


@pytest.mark.parametrize(("optimizer", "damage"), OPTIMIZERS.values(), ids=OPTIMIZERS.keys())
def test_a_damaged_optimizer_is_one_line(
    states: dict[str, dict[str, Any]], optimizer: str, damage: Callable[[dict[str, Any]], object]
) -> None:
    state = copy.deepcopy(states[optimizer])
    damage(state["inner"]["optimizer"]["state"][0])
    with pytest.raises(TrainError, match=r"the saved state is damaged \(\w+\); start again without --resume"):
        painted(optimizer, state)


def test_the_optimizer_keeps_its_own_settings(states: dict[str, dict[str, Any]]) -> None:
    for optimizer, state in states.items():
        forged = copy.deepcopy(state)
        forged["inner"]["optimizer"]["param_groups"][0].update(lr="x", betas=None, history_size=0, max_iter=10**9)
        assert torch.equal(
            painted(optimizer, forged)["inner"]["best"], painted(optimizer, copy.deepcopy(state))["inner"]["best"]
        )


@pytest.mark.parametrize(
    "change", [{"notes": {}}, {"notes": {"done": -1, "work": 0}}, {"settings": None}, {"settings": {1: 2}}]
)
def test_each_note_is_checked(tmp_path: Path, change: dict[str, Any]) -> None:
    folder = PaintFolder(tmp_path / "out.png", {"seed": "0"})
    content = {"settings": {"seed": "0"}, "state": {}, "notes": {"done": 1, "work": 2}}
    with folder.held():
        torch.save(content, folder.path / "state.pt")
        assert folder.load() == ({}, {"done": 1, "work": 2})
        torch.save({**content, **change}, folder.path / "state.pt")
        with pytest.raises(TrainError, match=r"state\.pt is damaged \(\w+\); start again without --resume"):
            folder.load()
