"""Training a basis of networks: the loop. In each step every process paints a crop as one of the pictures would."""

from __future__ import annotations

import copy
import io
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from torch import Tensor

from nstcam.train.basis.measured import MeasuredPicture
from nstcam.train.basis.model import BasisNet
from nstcam.train.basis.step import StepLoss
from nstcam.train.content.sources import ContentSource
from nstcam.train.errors import NotFiniteError, TrainError
from nstcam.train.files import write_whole
from nstcam.train.fit.average import blend, memory
from nstcam.train.fit.config import TrainConfig, learning_rate
from nstcam.train.fit.learning import learning_config
from nstcam.train.fit.training_state import Schedule
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.network.checked import load_tensors
from nstcam.train.network.networks import NetworkConfig
from nstcam.train.processes import ALONE, Processes
from nstcam.train.progress import Stop

SAVE_SECONDS: Final = 120.0
"""Longest time between two checkpoints."""
_HEAD_RATE: Final = 3.0
"""The head's learning rate, relative to that of the weights."""
_LARGEST: Final = 12.0
"""A larger loss counts as this one: some pictures are unlike all others, and would drown them with losses of
hundreds."""
_CHECKPOINT: Final = "training.pt"


def basis_config(network: NetworkConfig, minutes: float | None) -> TrainConfig:
    """The settings of learning a painting, but slower, and with less weight on what networks have from their beginning:
    colours of things, and strokes without a weave. The painting's colours come from a map in every step.

    Args:
        minutes: length; None: `steps` count.
    """
    return replace(
        learning_config(network),
        minutes=minutes,
        palette_weight=0.0,
        scene_colour_weight=4.0,
        style_strength=1.0,
        weave_weight=1.0,
        optimizer="adam",
        learning_rate=2e-4,
        warmup_steps=100,
        gradient_clip=5.0,
        average_decay=0.995,
    )


class Figures(NamedTuple):
    """Of one step, means over the processes."""

    step: int
    progress: float
    minutes: float
    total: float
    content: float
    style: float
    flicker: float


@dataclass
class _State:
    model: BasisNet
    averaged: BasisNet
    optimizer: torch.optim.Adam
    step: int = 0
    seconds: float = 0.0

    @staticmethod
    def begin(model: BasisNet) -> _State:
        parts = (model.mean, 1.0), (model.changes, 1.0), (model.head, _HEAD_RATE)
        groups = [{"params": list(part.parameters()), "factor": factor} for part, factor in parts]
        return _State(model, copy.deepcopy(model), torch.optim.Adam(groups, betas=(0.9, 0.99)))

    def save(self, path: Path) -> None:
        values = {
            "paintings": list(self.model.paintings),
            "model": self.model.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }
        buffer = io.BytesIO()
        torch.save(values, buffer)
        write_whole(path, buffer.getbuffer())

    def resume(self, path: Path) -> None:
        """Raises TrainError if the file is damaged, or is that of other paintings."""
        try:
            values: dict[str, Any] = load_tensors(path)
            if values["paintings"] != list(self.model.paintings):
                raise TrainError(f"{path} is a training of other paintings; choose another --work")
            self.model.load_state_dict(values["model"])
            self.averaged.load_state_dict(values["averaged"])
            self.optimizer.load_state_dict(values["optimizer"])
            self.step, self.seconds = int(values["step"]), float(values["seconds"])
        except TrainError:
            raise
        except Exception as error:  # torch raises a dozen kinds
            raise TrainError(f"{path} is damaged ({type(error).__name__}); delete it") from error


def fit_basis(
    model: BasisNet,
    pictures: Sequence[MeasuredPicture],
    config: TrainConfig,
    source: ContentSource,
    loss_network: VggFeatures,
    folder: Path,
    *,
    processes: Processes = ALONE,
    stop: Stop | None = None,
    report: Callable[[Figures], None] = lambda _: None,
) -> BasisNet:
    """Trains until the schedule ends or a stop is asked for, on the CPU, and returns the moving average.

    A training that was interrupted goes on: what a step draws depends on its number alone.

    Args:
        folder: gets the checkpoint, and may have one.
        report: called with every step, in the first process.

    Raises:
        TrainError: the loss is not finite, or the checkpoint is damaged, or of other paintings, or cannot be written.
    """
    processes.take_from_first(list(model.state_dict().values()))
    step_loss = StepLoss(config, source, loss_network, model, processes)
    state, path, stop = _State.begin(model), folder / _CHECKPOINT, stop or Stop()
    if path.exists():
        processes.together(lambda: state.resume(path))
    often = np.array([picture.often for picture in pictures], np.float64)
    often /= often.sum()
    schedule, saved = Schedule(config, state.seconds), time.monotonic()
    progress = processes.first_of(schedule.progress(state.step))
    for step in itertools.count(state.step):
        if processes.any_of(progress >= 1 or stop.asked):
            break
        rng = np.random.default_rng([config.seed, step, processes.rank])
        picture = pictures[rng.choice(len(pictures), p=often)]
        total, figures = step_loss(model, picture, step, rng)
        state.optimizer.zero_grad()
        (total * min(1.0, _LARGEST / total.item())).backward()  # type: ignore[no-untyped-call]
        processes.average([figures, *(p.grad for p in model.parameters() if p.grad is not None)])
        _take_step(state, config, progress, figures[0])
        progress = processes.first_of(schedule.progress(state.step))
        if processes.leads:
            report(Figures(state.step, progress, schedule.seconds / 60, *figures.tolist()))
            if time.monotonic() - saved >= SAVE_SECONDS:
                state.seconds = schedule.seconds
                state.save(path)
                saved = time.monotonic()
    if processes.leads:
        state.seconds = schedule.seconds
        state.save(path)
    return state.averaged


def _take_step(state: _State, config: TrainConfig, progress: float, total: Tensor) -> None:
    """Moves the weights and their average by the gradients that are there.

    Raises:
        NotFiniteError: the total or a gradient is not finite.
    """
    model = state.model
    clipped = [*model.mean.parameters(), *model.changes.parameters()], list(model.head.parameters())
    norms = [torch.nn.utils.clip_grad_norm_(parameters, config.gradient_clip) for parameters in clipped]
    if not torch.stack([total, *norms]).isfinite().all():
        raise NotFiniteError(
            f"the loss or its gradient is not finite at step {state.step}; the checkpoint is from before it"
        )
    for group in state.optimizer.param_groups:
        group["lr"] = group["factor"] * learning_rate(config, state.step, progress)
    state.optimizer.step()
    with torch.no_grad():
        kept = memory(config.average_decay, state.step) if state.step else 0.0
        blend(list(state.averaged.parameters()), list(model.parameters()), kept)
    state.step += 1
