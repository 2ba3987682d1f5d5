"""Short trainings of a tiny network with a loss network of random weights, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import numpy as np
import torch

from nstcam.train.fit import loop, training_loss
from nstcam.train.fit.config import TrainConfig
from nstcam.train.fit.loop import Materials, Outputs, fit
from nstcam.train.loss.scales import content_scale
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.network import norms
from nstcam.train.network.checkpoint import Checkpoint, StyleIdentity
from nstcam.train.picture import Picture
from nstcam.train.progress import Step, Stop
from tests.support.models.tiny import TINY_LITE, random_loss_network

CPU: Final = torch.device("cpu")
SHORT: Final = TrainConfig(
    network=TINY_LITE, steps=8, batch=1, crop=64, style_size=64, warmup_steps=2, average_decay=0.5
)
PAINTING: Final = np.random.default_rng(0).integers(0, 256, (80, 96, 3), dtype=np.uint8)


@contextmanager
def briefly() -> Iterator[None]:
    """Trainings within it, on `random_loss_network()`, take half the time: their first and last measurements, which are
    on many photographs and crops, are on a few, and those of the loss network are made once for all.
    """
    with (
        patch.object(training_loss, "content_scale", _known_scale),
        patch.object(loop, "PICTURES", 4),
        patch.object(norms, "_BATCHES", 4),
    ):
        yield


def _known_scale(_: VggFeatures) -> float:
    return _scale()


@cache
def _scale() -> float:
    return content_scale(random_loss_network())


class NoiseSource:
    """Content that is quick to make: blots of noise. Built-in scenes would take half the time of a short training."""

    def picture(self, rng: np.random.Generator, size: int) -> Picture:
        side = -(-size // 8)
        return np.kron(rng.integers(0, 256, (side, side + 2, 3), dtype=np.uint8), np.ones((8, 8, 1), np.uint8))

    def listing(self) -> list[tuple[str, int]]:
        return [("noise", 1)]


class Runner:
    """Trains as nst-train does, on a painting of noise, and records the steps; `more` goes to the Outputs."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def __call__(
        self,
        folder: Path,
        config: TrainConfig = SHORT,
        start: Checkpoint | None = None,
        resume: Checkpoint | None = None,
        stop_at: int | None = None,
        **more: Any,
    ) -> Checkpoint:
        stop = Stop()

        def report(step: Step) -> None:
            self.steps.append(step)
            stop.asked = step.step == stop_at

        identity = StyleIdentity("tiny", "Tiny")
        materials = Materials(
            painting=PAINTING, source=NoiseSource(), loss_network=random_loss_network(), identity=identity
        )
        outputs = Outputs(folder=folder, stop=stop, report=report, **more)
        with briefly():
            return fit(config, materials, outputs, CPU, start=start, resume=resume)
