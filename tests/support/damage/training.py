"""nst-train and nst-paint with a tiny network and a loss network of random weights, for worker processes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

SHORT: Final = (
    "--init",
    "none",
    "--steps",
    "1",
    "--batch",
    "1",
    "--crop",
    "64",
    "--style-size",
    "64",
    "--device",
    "cpu",
)
_LITTLE: Final = ("--evaluations", "2", "--size", "48", "--device", "cpu")


def make_trainings_small() -> None:
    """Replaces what makes a training take minutes, for the rest of this process, which does nothing else."""
    import torch

    from nstcam.train.cli import nst_paint, nst_train, paint_options, start_training, train_options
    from nstcam.train.fit import run_folder, warm_start
    from tests.support.models.tiny import TINY_JOHNSON, TINY_LITE, random_loss_network
    from tests.support.training.short import NoiseSource

    assert nst_paint
    assert nst_train
    torch.set_num_threads(1)
    network = random_loss_network()
    for module in (run_folder, warm_start, paint_options):
        module.load_vgg = lambda *_: network  # type: ignore[attr-defined]
    run_folder.BuiltInSource = NoiseSource  # type: ignore[assignment,attr-defined]
    for module in (start_training, train_options):
        module.PRESETS = {"lite": TINY_LITE, "johnson": TINY_JOHNSON}  # type: ignore[attr-defined]
    warm_start.WARM_STARTS = Path("nowhere")  # type: ignore[attr-defined]


def train(style: str, *more: str) -> tuple[str, ...]:
    """Runs nst-train with one step."""
    return ("nst-train", "--style", style, *SHORT, *more)


def paint(content: str, style: str, output: str) -> tuple[str, ...]:
    """Runs nst-paint with two evaluations."""
    return ("nst-paint", content, style, "--output", output, *_LITTLE)
