"""Runs nst-train in a folder of its own, with a tiny network and a random loss network."""

from __future__ import annotations

import signal
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from nstcam.train.cli import nst_train, start_training, train_options
from nstcam.train.fit import run, run_folder, warm_start
from nstcam.train.fit.config import TrainConfig
from nstcam.train.fit.loop import Materials, Outputs, fit
from nstcam.train.loss.vgg import load_vgg
from nstcam.train.network.checkpoint import Checkpoint, load_checkpoint
from nstcam.train.picture import write_picture
from nstcam.train.progress import Step
from tests.support.commands import outcome
from tests.support.models.tiny import TINY_JOHNSON, TINY_LITE, random_loss_network
from tests.support.training.short import NoiseSource, briefly

SHORT: Final = ("--steps", "2", "--batch", "1", "--crop", "64", "--device", "cpu")

bundled_vgg: Final = cache(load_vgg)
"""Unpacking its weights takes as long as a short training."""


class TrainFolder:
    """A folder with a painting in which the command is run."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._patch, self._capsys = folder, monkeypatch, capsys
        monkeypatch.chdir(folder)
        monkeypatch.delenv("NSTCAM_DEBUG", raising=False)
        monkeypatch.setattr(run_folder, "load_vgg", lambda *_: random_loss_network())
        monkeypatch.setattr(run_folder, "BuiltInSource", NoiseSource)
        monkeypatch.setattr(warm_start, "load_vgg", bundled_vgg)
        for module in (start_training, train_options):
            monkeypatch.setattr(module, "PRESETS", {"lite": TINY_LITE, "johnson": TINY_JOHNSON})
        monkeypatch.setattr(warm_start, "WARM_STARTS", folder / "warm")
        self.paint("painting.png", 0)

    def paint(self, name: str, seed: int) -> None:
        colours = np.random.default_rng(seed).integers(0, 256, (10, 10, 3), dtype=np.uint8)
        write_picture(self.folder / name, np.kron(colours, np.ones((8, 8, 1), np.uint8)))

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Returns the exit code, stdout and stderr."""
        with briefly():
            return outcome(nst_train.main, ("nst-train", *arguments), self._patch, self._capsys)

    def interrupt_at(self, number: int) -> None:
        """Presses Ctrl-C at the end of that step, in the next run only."""

        def interrupted(
            config: TrainConfig, materials: Materials, outputs: Outputs, *more: Any, **options: Any
        ) -> Checkpoint:
            self._patch.setattr(run, "fit", fit)

            def told(step: Step) -> None:
                outputs.report(step)
                if step.step == number:
                    signal.raise_signal(signal.SIGINT)

            return fit(config, materials, replace(outputs, report=told), *more, **options)

        self._patch.setattr(run, "fit", interrupted)

    def train(self, *arguments: str, run: str = "painting") -> Checkpoint:
        """Trains, and asserts that it succeeds; `run` is the name of the run's folder in the arguments."""
        code, _, error = self.run("--style", "painting.png", *SHORT, *arguments)
        assert code == 0, error
        return self.checkpoint(run)

    def checkpoint(self, run: str = "painting") -> Checkpoint:
        return load_checkpoint(self.folder / "runs" / run / "checkpoint.pt")
