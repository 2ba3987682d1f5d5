"""Fitting a network to a painting: the loop, top to bottom."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final

import torch

from nstcam.train.content.pictures import ContentSource
from nstcam.train.content.scenes import Picture
from nstcam.train.errors import TrainError
from nstcam.train.fit.average import MovingAverage
from nstcam.train.fit.batches import training_batches
from nstcam.train.fit.config import TrainConfig, learning_rate
from nstcam.train.fit.ledger import Ledger, steps_a_reading
from nstcam.train.fit.origin import Origin
from nstcam.train.fit.precision import network_dtype, tuned
from nstcam.train.fit.shake import MARGIN, Shake, next_frame
from nstcam.train.fit.soap import Soap
from nstcam.train.fit.terms import Loss
from nstcam.train.loss.losses import flicker_error
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.network.checkpoint import Checkpoint, Signature, StyleIdentity
from nstcam.train.network.networks import LiteNet, TransformerNet, build_network
from nstcam.train.network.norms import freeze_norms, re_estimate_norms
from nstcam.train.network.painter import cut, painter
from nstcam.train.progress import Step, Stop

CHECKPOINT_NAME: Final = "checkpoint.pt"
OPTIMIZERS: Final[dict[str, Callable[..., torch.optim.Optimizer]]] = {"soap": Soap, "adam": torch.optim.Adam}
SAVE_SECONDS: Final = 30.0
"""Between checkpoints at most, and one step: what a crash can cost, and how old the style of a running export is."""


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
    origin: Origin | None = None,
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
        origin: what it is made with, to be kept there too.
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
    average = MovingAverage(network, config.average_decay, resume.step if resume is not None else 0)
    averaged = average.network
    optimizer = OPTIMIZERS[config.optimizer](network.parameters(), lr=config.learning_rate)
    history: list[Step] = []
    if resume is not None:
        assert resume.state is not None
        network.load_state_dict(resume.state["weights"])
        averaged.load_state_dict(resume.weights)
        optimizer.load_state_dict(resume.state["optimizer"])
        history = [Step(*values) for values in resume.state["history"]]
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
            "history": [tuple(asdict(s).values()) for s in history],
            "frozen": frozen,
        }
        weights, training = averaged.state_dict(), asdict(config)
        return Checkpoint(config.network, weights, identity, len(history), training, state, signature, origin)

    def settle() -> None:
        """Reads and reports all steps so far: from here on a checkpoint may be written."""
        ledger.read()
        tell()

    def tell() -> bool:
        steps = ledger.take()
        for step in steps:
            history.append(step)
            report(step)
        return bool(steps)

    loss = Loss(config, style, loss_network, device)
    generator = torch.Generator(device=device)
    # What the host has to know, it draws itself: a GPU's draws would have to be waited for.
    places = torch.Generator() if device.type == "cuda" else generator
    ledger = Ledger(config, done, steps_a_reading(device))
    began = saved = time.monotonic()
    progress = progress_at(done)
    frozen = False
    if resume is not None:
        assert resume.state is not None
        # Older runs do not say: all were by then but those stopped at that very step.
        frozen = resume.state.get("frozen", progress >= config.freeze_norms_at)
    network.train()
    if frozen:
        freeze_norms(network)

    with tuned(device):
        for number, content in enumerate(training_batches(config, source, done * config.batch, device), done):
            if progress >= 1 or (stop is not None and stop.asked):
                break
            if not frozen and progress >= config.freeze_norms_at:
                if config.freeze_norms_at > 0:  # else they are those of the warm start, which fit
                    re_estimate_norms(network, training_batches(config, source, 0, device))
                freeze_norms(network)
                frozen = True
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(config, number, progress)

            for drawn in {generator, places}:
                drawn.manual_seed((config.seed << 32) + number)  # resumed runs draw the same
            paint = painter(network, places, network_dtype(device))
            stylized = paint(content)
            total, content_term, style_term, tone_term = loss(stylized, content)
            flicker_term = torch.zeros((), device=device)
            ramp = min(max((progress - config.flicker_from) / 0.2, 0.0), 1.0)
            if config.flicker_weight > 0 and ramp > 0:
                shake = Shake.draw(places)
                again = paint(next_frame(content, shake, generator), shake.canvas)
                flicker_term = flicker_error(cut(shake.move(stylized), MARGIN), cut(again, MARGIN))
                total = total + ramp * config.flicker_weight * flicker_term

            optimizer.zero_grad(set_to_none=True)
            total.backward()  # type: ignore[no-untyped-call]
            gradient_norm = torch.nn.utils.clip_grad_norm_(network.parameters(), config.gradient_clip)
            terms = [total, content_term, style_term, tone_term, flicker_term, gradient_norm]
            ledger.add(torch.stack(terms).detach())
            if number == done:
                ledger.read()  # SOAP's first bases are found by a routine that fails with a traceback if it must
            optimizer.step()
            average.update(network)

            progress = progress_at(number + 1)
            ledger.ended(progress, earlier_seconds + time.monotonic() - began)
            if tell() and watch is not None:
                watch(averaged.eval(), history[-1])
            showing = (number + 1) % preview_every == 0
            if showing or time.monotonic() - saved >= SAVE_SECONDS:
                settle()
                checkpoint().save(run_folder / CHECKPOINT_NAME)
                saved = time.monotonic()
            if showing and preview is not None:
                preview(averaged.eval(), history, run_folder)
        settle()

    result = checkpoint()
    result.save(run_folder / CHECKPOINT_NAME)
    if preview is not None and history:
        preview(averaged.eval(), history, run_folder)
    return result
