"""Fitting a network to a painting: the loop, top to bottom."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from nstcam.train.content.sources import ContentSource
from nstcam.train.fit.batches import training_batches
from nstcam.train.fit.colour_map import match_colours
from nstcam.train.fit.config import TrainConfig, learning_rate
from nstcam.train.fit.even_cells import even_out_cells
from nstcam.train.fit.ledger import Ledger, steps_a_reading
from nstcam.train.fit.palette_memory import PaletteMemory
from nstcam.train.fit.precision import network_dtype, tuned
from nstcam.train.fit.provenance import Provenance
from nstcam.train.fit.shake import MARGIN, Shake, next_frame
from nstcam.train.fit.training_loss import TrainingLoss
from nstcam.train.fit.training_state import Schedule, TrainingState, damaged_optimizer, initial_state
from nstcam.train.loss.losses import relative_flicker_error
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.network.checkpoint import Checkpoint, Signature, StyleIdentity
from nstcam.train.network.networks import LiteNet, TransformerNet
from nstcam.train.network.norms import re_estimate_norms
from nstcam.train.network.training_painter import cut, training_painter
from nstcam.train.picture import Picture
from nstcam.train.processes import ALONE, Processes
from nstcam.train.progress import Step, Stop

CHECKPOINT_NAME: Final = "checkpoint.pt"
SAVE_SECONDS: Final = 30.0
"""Longest time between two checkpoints, give or take a step: the most that a crash can cost."""
PREVIEW_EVERY: Final = 100
"""Steps between two previews, unless it is given."""
PICTURES: Final = 48
"""Batches that the last touch looks at."""


@dataclass(frozen=True, kw_only=True)
class Materials:
    """What a network is trained on, and what its checkpoints record about that."""

    painting: Picture
    source: ContentSource
    loss_network: VggFeatures
    identity: StyleIdentity
    signature: Signature | None = None
    """The painting's signature, which is only saved in the checkpoint."""
    provenance: Provenance | None = None
    """How the network was made, which is only saved in the checkpoint."""
    grams: Mapping[str, Tensor] | None = None
    """On the device: what Gram matrices are compared with, instead of those of the whole painting."""
    scenes: Tensor | None = None
    """On the device, (N, 3, H, W) RGB in 0..1: painted again in every step, for the ranks of colours."""


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """Where a training's results go, and who is told about its steps."""

    folder: Path
    """The run folder; gets checkpoint.pt."""
    stop: Stop = field(default_factory=Stop)
    report: Callable[[Step], None] = lambda _: None
    """Called with every step."""
    watch: Callable[[TransformerNet | LiteNet, Step], None] = lambda *_: None
    """Called with the averaged network, in evaluation mode, whenever steps were reported."""
    preview: Callable[[TransformerNet | LiteNet, list[Step], Path], None] = lambda *_: None
    """Called with the averaged network, the history and the folder every `preview_every` steps, and at the end."""
    preview_every: int = PREVIEW_EVERY


# The loop of a training, top to bottom: the order of its steps is what matters.
def fit(
    config: TrainConfig,
    materials: Materials,
    outputs: Outputs,
    device: torch.device,
    *,
    start: Checkpoint | None = None,
    resume: Checkpoint | None = None,
    processes: Processes = ALONE,
) -> Checkpoint:
    """Trains until the schedule ends or a stop is asked for; the run folder then holds checkpoint.pt.

    Args:
        start: weights to begin with (warm start); its network must be the configured one.
        resume: an interrupted run of the same configuration.
        processes: those that take each step together. Process 0 keeps the time and the optimizer; it alone writes,
            reports and, in the end, matches the colours, and its result is the training's.

    Raises:
        TrainError: the loss is no longer finite, a batch cannot be shared out, another process has ended, or `start`
            has another network.
    """
    palette = PaletteMemory(materials.painting, config.style_size, device, processes)
    state = initial_state(config, device, palette, start, resume, processes)
    network, averaged, history = state.network, state.average.network, state.history
    if materials.scenes is not None:
        palette.paint_again(network, materials.scenes)
    loss_network = materials.loss_network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    loss = TrainingLoss(config, materials.painting, loss_network, device, palette, materials.grams)
    generator = torch.Generator(device=device)
    # The host draws what it needs to know itself: it would have to wait for a GPU's draws.
    places = torch.Generator() if device.type == "cuda" else generator
    done = len(history)
    ledger = Ledger(config, done, steps_a_reading(device))
    schedule = Schedule(config, history[-1].seconds if history else 0.0)
    progress, saved = processes.first_of(schedule.progress(done)), time.monotonic()
    unfinished = progress < 1
    content_of_steps = training_batches(config, materials.source, done * config.batch, device, processes)

    with tuned(device):
        for number, content in enumerate(content_of_steps, done):
            if processes.any_of(progress >= 1 or outputs.stop.asked):
                break
            prepare_step(state, config, materials, number, progress, processes)
            for drawn in {generator, places}:
                drawn.manual_seed((config.seed << 32) + number)  # a resumed run draws the same
            paint = training_painter(network, places, network_dtype(device))
            stylized = paint(content)
            total, *terms = loss(stylized, content, generator)
            flicker = torch.zeros((), device=device)
            ramp = min(max((progress - config.flicker_from) / 0.2, 0.0), 1.0)
            if config.flicker_weight > 0 and ramp > 0:
                share = processes.share_of(config.batch)
                flicker = error_of_next_frame(paint, content, stylized, places, generator, config.batch, share)
                total = total + ramp * config.flicker_weight * flicker

            state.optimizer.zero_grad(set_to_none=True)
            total.backward()  # type: ignore[no-untyped-call]
            figures = torch.stack([total, *terms, flicker]).detach()
            processes.average([figures, *(p.grad for p in network.parameters() if p.grad is not None)])
            gradient_norm = torch.nn.utils.clip_grad_norm_(network.parameters(), config.gradient_clip)
            ledger.add(torch.cat([figures, gradient_norm.detach()[None]]))
            if number == done:
                ledger.read()  # before SOAP's first bases, whose routine answers what is not finite with a traceback
            if processes.leads:
                first_step(state) if resume is not None and number == done else state.optimizer.step()
            processes.take_from_first(state.tensors)
            state.average.update(network)

            progress = processes.first_of(schedule.progress(number + 1))
            ledger.ended(progress, schedule.seconds)
            if report_read_steps(ledger, state, outputs):
                outputs.watch(averaged.eval(), history[-1])
            if not processes.leads:
                continue
            showing = (number + 1) % outputs.preview_every == 0
            if showing or time.monotonic() - saved >= SAVE_SECONDS:
                save_checkpoint(ledger, state, config, materials, outputs)
                saved = time.monotonic()
            if showing:
                outputs.preview(averaged.eval(), history, outputs.folder)

        ledger.read()  # a network that is not finite has no colours
        if processes.leads and config.match_colours and unfinished and progress >= 1:
            touch_up(averaged.eval(), config, materials, device)
        if not processes.leads:
            return checkpoint_of(state, config, materials)
        result = save_checkpoint(ledger, state, config, materials, outputs)
    if history:
        outputs.preview(averaged.eval(), history, outputs.folder)
    return result


def touch_up(
    network: TransformerNet | LiteNet, config: TrainConfig, materials: Materials, device: torch.device
) -> None:
    """The last touch: evens out the cells of the network, in evaluation mode, then gives it the painting's colours."""
    pictures = list(itertools.islice(training_batches(config, materials.source, 0, device), PICTURES))
    even_out_cells(network, pictures)
    match_colours(network, materials.painting, config.style_size, pictures)


def prepare_step(
    state: TrainingState,
    config: TrainConfig,
    materials: Materials,
    number: int,
    progress: float,
    processes: Processes = ALONE,
) -> None:
    """Freezes the norms when it is time, and sets the learning rate of step `number` at that share of the schedule."""
    if not state.frozen and progress >= config.freeze_norms_at:
        if config.freeze_norms_at > 0:  # otherwise they are the warm start's, which fit
            device = next(state.network.parameters()).device
            re_estimate_norms(state.network, training_batches(config, materials.source, 0, device, processes))
        state.freeze()
    for group in state.optimizer.param_groups:
        group["lr"] = learning_rate(config, number, progress)


def error_of_next_frame(
    paint: Callable[..., Tensor],
    content: Tensor,
    stylized: Tensor,
    places: torch.Generator,
    noise: torch.Generator,
    batch: int,
    share: slice,
) -> Tensor:
    """The flicker between a painted batch and that of an artificial next frame of the same scene, a scalar.

    Args:
        paint: paints a batch, with the canvas moved by the second argument.
        content: (N, 3, H, W) RGB in 0..1, and `stylized` its painting.
        places: draws how the scene moves.
        noise: draws what changes in the pixels.
        batch, share: how many pictures all processes have, and which of them are these.
    """
    shake = Shake.draw(places)
    again = paint(next_frame(content, shake, noise, batch, share), shake.canvas)
    return relative_flicker_error(cut(shake.move(stylized), MARGIN), cut(again, MARGIN))


def first_step(state: TrainingState) -> None:
    """The optimizer's first step with what a checkpoint holds of it, which anybody may have written.

    Raises:
        TrainError: it does not fit the network.
    """
    try:
        state.optimizer.step()
    except torch.OutOfMemoryError:
        raise
    except Exception as error:
        raise damaged_optimizer(error) from error


def report_read_steps(ledger: Ledger, state: TrainingState, outputs: Outputs) -> bool:
    """Moves the steps whose figures have been read from the ledger into the history; returns whether there were any."""
    steps = ledger.take()
    for step in steps:
        state.history.append(step)
        outputs.report(step)
    return bool(steps)


def save_checkpoint(
    ledger: Ledger, state: TrainingState, config: TrainConfig, materials: Materials, outputs: Outputs
) -> Checkpoint:
    """Reads and reports all steps so far, then writes them with the weights.

    Raises:
        TrainError: a step's loss or gradient is not finite, or the file cannot be written.
    """
    ledger.read()
    report_read_steps(ledger, state, outputs)
    checkpoint = checkpoint_of(state, config, materials)
    checkpoint.save(outputs.folder / CHECKPOINT_NAME)
    return checkpoint


def checkpoint_of(state: TrainingState, config: TrainConfig, materials: Materials) -> Checkpoint:
    """The averaged network as it is now, with all that a resumed run needs."""
    return Checkpoint(
        network=config.network,
        weights=state.average.network.state_dict(),
        identity=materials.identity,
        step=len(state.history),
        training=asdict(config),
        state=state.as_plain_values(),
        signature=materials.signature,
        provenance=materials.provenance,
    )
