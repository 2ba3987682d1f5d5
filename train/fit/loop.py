"""Fitting a network to a painting: the loop, top to bottom."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from nstcam.train.content.sources import ContentSource
from nstcam.train.errors import TrainError
from nstcam.train.fit.batches import training_batches
from nstcam.train.fit.config import TrainConfig, learning_rate
from nstcam.train.fit.precision import network_dtype
from nstcam.train.fit.provenance import Provenance
from nstcam.train.fit.shake import MARGIN, Shake, next_frame
from nstcam.train.fit.soap import Soap
from nstcam.train.fit.training_loss import TrainingLoss
from nstcam.train.loss.losses import flicker_error
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.network.checkpoint import Checkpoint, Signature, StyleIdentity
from nstcam.train.network.networks import LiteNet, TransformerNet, build_network
from nstcam.train.network.norms import freeze_norms, re_estimate_norms
from nstcam.train.network.training_painter import cut, training_painter
from nstcam.train.picture import Picture
from nstcam.train.progress import Step, Stop

CHECKPOINT_NAME: Final = "checkpoint.pt"
OPTIMIZERS: Final[dict[str, Callable[..., torch.optim.Optimizer]]] = {"soap": Soap, "adam": torch.optim.Adam}
SAVE_SECONDS: Final = 30.0
"""Longest time between two checkpoints, give or take a step: the most that a crash can cost."""
PREVIEW_EVERY: Final = 100
"""Steps between two previews, unless it is given."""


def fit(
    config: TrainConfig,
    style: Picture,
    source: ContentSource,
    loss_network: VggFeatures,
    identity: StyleIdentity,
    run_folder: Path,
    device: torch.device,
    *,
    start: Checkpoint | None = None,
    resume: Checkpoint | None = None,
    signature: Signature | None = None,
    provenance: Provenance | None = None,
    stop: Stop | None = None,
    report: Callable[[Step], None] = lambda _: None,
    watch: Callable[[TransformerNet | LiteNet, Step], None] | None = None,
    preview: Callable[[TransformerNet | LiteNet, list[Step], Path], None] | None = None,
    preview_every: int = 100,
) -> Checkpoint:
    """Trains until the schedule ends or `stop` is asked; `run_folder` then holds checkpoint.pt.

    Args:
        style: the painting, RGB uint8.
        start: weights to begin with (warm start); its network must be the configured one.
        resume: an interrupted run of the same configuration.
        signature: of the painting, to be kept in the checkpoint.
        provenance: what it is made with, to be kept there too.
        watch: called after every step with the averaged network in evaluation mode.
        preview: the same every `preview_every` steps, and at the end.

    Raises:
        TrainError: the loss is no longer finite, or `start` has another network.
    """
    torch.manual_seed(config.seed)
    network = build_network(config.network).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    loss_network = loss_network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if start is not None:
        if start.network != config.network:
            raise TrainError(f"the warm start is a {start.network}, the run a {config.network}; use the same --preset")
        network.load_state_dict(start.weights)
    network.weaken_patches(config.patches)
    average = AveragedModel(network, avg_fn=functools.partial(moving_average, config.average_decay))
    averaged: TransformerNet | LiteNet = average.module  # type: ignore[assignment]
    optimizer = OPTIMIZERS[config.optimizer](network.parameters(), lr=config.learning_rate)
    history: list[Step] = []
    if resume is not None:
        assert resume.state is not None
        network.load_state_dict(resume.state["weights"])
        averaged.load_state_dict(resume.weights)
        average.n_averaged.fill_(resume.step)
        optimizer.load_state_dict(resume.state["optimizer"])
        history = [Step(**values) for values in resume.state["history"]]
    done = len(history)
    earlier_seconds = history[-1].seconds if history else 0.0

    def progress_at(step: int) -> float:
        if config.minutes is not None:
            return min((earlier_seconds + time.monotonic() - began) / (60 * config.minutes), 1.0)
        return min(step / config.steps, 1.0)

    def checkpoint() -> Checkpoint:
        state = {
            "weights": network.state_dict(),
            "optimizer": optimizer.state_dict(),
            "history": [asdict(step) for step in history],
            "frozen": frozen,
        }
        weights, training = averaged.state_dict(), asdict(config)
        return Checkpoint(config.network, weights, identity, len(history), training, state, signature, provenance)

    loss = TrainingLoss(config, style, loss_network, device)
    generator = torch.Generator(device=device)
    began = saved = time.monotonic()
    progress = progress_at(done)
    frozen = False
    if resume is not None:
        assert resume.state is not None
        frozen = resume.state["frozen"]
    network.train()
    if frozen:
        freeze_norms(network)

    for content in training_batches(config, source, done * config.batch, device):
        if progress >= 1 or (stop is not None and stop.asked):
            break
        if not frozen and progress >= config.freeze_norms_at:
            if config.freeze_norms_at > 0:  # else they are those of the warm start, which fit
                re_estimate_norms(network, training_batches(config, source, 0, device))
            freeze_norms(network)
            frozen = True
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(config, len(history), progress)

        generator.manual_seed((config.seed << 32) + len(history))  # resumed runs draw the same
        paint = training_painter(network, generator, network_dtype(device))
        stylized = paint(content)
        total, content_term, style_term, tone_term = loss(stylized, content)
        flicker_term = torch.zeros((), device=device)
        ramp = min(max((progress - config.flicker_from) / 0.2, 0.0), 1.0)
        if config.flicker_weight > 0 and ramp > 0:
            shake = Shake.draw(generator)
            again = paint(next_frame(content, shake, generator), shake.canvas)
            flicker_term = flicker_error(cut(shake.move(stylized), MARGIN), cut(again, MARGIN))
            total = total + ramp * config.flicker_weight * flicker_term

        optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        gradient_norm = torch.nn.utils.clip_grad_norm_(network.parameters(), config.gradient_clip)

        # One transfer for all figures: each .item() would make a GPU wait.
        terms = torch.stack([total, content_term, style_term, tone_term, flicker_term, gradient_norm])
        *values, norm = terms.detach().tolist()
        figures = dict(zip(("total", "content", "style", "tone", "flicker"), values, strict=True))
        if not math.isfinite(figures["total"]):
            raise TrainError(
                f"the loss is {figures['total']} at step {len(history)} (content {figures['content']:.3g}, "
                f"style {figures['style']:.3g}): "
                f"likely the learning rate ({config.learning_rate:g}) or the style strength "
                f"({config.style_strength:g}) is too high; the last checkpoint is unharmed"
            )
        if not math.isfinite(norm):
            raise TrainError(
                f"the gradient is {norm} at step {len(history)}, of a loss of {figures['total']:.3g}; "
                "the last checkpoint is unharmed: go on with --resume"
            )
        optimizer.step()
        average.update_parameters(network)

        progress = progress_at(len(history) + 1)
        seconds = earlier_seconds + time.monotonic() - began
        history.append(Step(len(history) + 1, progress, **figures, seconds=seconds))
        report(history[-1])
        if watch is not None:
            watch(averaged.eval(), history[-1])
        showing = len(history) % preview_every == 0
        if showing or time.monotonic() - saved >= SAVE_SECONDS:
            checkpoint().save(run_folder / CHECKPOINT_NAME)
            saved = time.monotonic()
        if showing and preview is not None:
            preview(averaged.eval(), history, run_folder)

    result = checkpoint()
    result.save(run_folder / CHECKPOINT_NAME)
    if preview is not None and history:
        preview(averaged.eval(), history, run_folder)
    return result


def moving_average(decay: float, average: Tensor, new: Tensor, count: Tensor | int) -> Tensor:
    """Exponential moving average whose memory grows with the count: a short run is not mostly its own beginning."""
    kept = min(decay, (1 + int(count)) / (10 + int(count)))
    return average + (new - average) * (1 - kept)
