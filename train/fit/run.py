"""Runs one training: progress, previews, and what is said in the end."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import sys
from dataclasses import asdict
from typing import Final

import numpy as np
import torch
import typer

from nstcam.media.shown import counted, shown
from nstcam.train.console import stopping_on_signals
from nstcam.train.content.crops import random_crop
from nstcam.train.content.sources import ContentSource
from nstcam.train.fit.enough import steps_needed, too_few
from nstcam.train.fit.loop import CHECKPOINT_NAME, Materials, Outputs, fit
from nstcam.train.fit.loss_table import TABLE_NAME, loss_table
from nstcam.train.fit.provenance import content_record, provenance_of
from nstcam.train.fit.run_folder import TrainingRun, save_inputs
from nstcam.train.fit.training_state import earlier_steps
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.picture import PHOTOS, SMALLEST_SIDE, Picture, read_rgb, shrink_to
from nstcam.train.preview.live import LivePreview
from nstcam.train.preview.sheet import SHEET_NAME, write_preview
from nstcam.train.processes import ALONE, Processes
from nstcam.train.progress import Step, Stop
from nstcam.train.progress_bar import reporting
from nstcam.train.run_lock import locked

log = logging.getLogger(__name__)

FORESEEN_AT: Final = 5
"""The step after which a training given in minutes says how many steps it will have; the first one is slower."""


def run_training(
    training: TrainingRun,
    device: torch.device,
    preview_every: int,
    window: LivePreview | None = None,
    processes: Processes = ALONE,
) -> None:
    """Trains with a progress bar; Ctrl-C saves.

    Args:
        preview_every: steps between contact sheets.
        window: shows a frame as the network paints it so far.
        processes: those that call this together; only the first of them writes and reports.

    Raises:
        TrainError: it cannot start or continue.
        typer.Exit: 130 when interrupted.
    """
    # These may fail: before anything is written.
    source, features = processes.together(
        lambda: (training.source or training.inputs.source(), training.inputs.features())
    )
    processes.together(lambda: training.config.batch and processes.share_of(training.config.batch))
    processes.check_same(_digest(training, source), "another painting, other content or other settings")
    if not processes.leads:
        _help(training, source, features, device, processes)
        return
    with locked(training.folder):
        _train(training, source, features, device, preview_every, window, processes)


def _digest(training: TrainingRun, source: ContentSource) -> bytes:
    """Tells one training from another: its painting, configuration, content and where it starts."""
    step = 0 if training.resume is None else training.resume.step
    told = json.dumps([asdict(training.config), step, content_record(source.listing())], sort_keys=True)
    return hashlib.sha256(told.encode() + training.painting.tobytes()).digest()


def _help(
    training: TrainingRun, source: ContentSource, features: VggFeatures, device: torch.device, processes: Processes
) -> None:
    """Takes part in each step, and leaves the rest to process 0."""
    stop = Stop()
    materials = Materials(painting=training.painting, source=source, loss_network=features, identity=training.identity)
    with stopping_on_signals(stop):
        fit(
            training.config, materials, Outputs(folder=training.folder, stop=stop), device,
            start=training.start, resume=training.resume, processes=processes,
        )  # fmt: skip


def _train(
    training: TrainingRun,
    source: ContentSource,
    features: VggFeatures,
    device: torch.device,
    preview_every: int,
    window: LivePreview | None,
    processes: Processes,
) -> None:
    save_inputs(training)
    if training.resume is None:
        provenance = provenance_of(source, training.start, training.inputs.loss_network, device, processes.count)
    else:
        provenance = training.resume.provenance or {}
        if content_record(source.listing()) != provenance.get("content", {}):
            log.warning(
                "the content has changed since %s began; continuing with the content found now", training.folder
            )
    warm = provenance.get("start") is not None
    if training.resume is None and training.config.minutes is None:
        few = too_few(training.config.steps, warm=warm)
        if few is not None:
            print(f"--steps is short: {few}", file=sys.stderr)
    earlier = [] if training.resume is None else earlier_steps(training.resume)
    stop = Stop()
    with (
        stopping_on_signals(stop),
        loss_table(training.folder / TABLE_NAME, earlier) as add_losses,
        reporting(training.identity.name, 1.0, earlier[-1].progress if earlier else 0.0) as reporter,
    ):

        def report(step: Step) -> None:
            add_losses(step)
            figures = f"step {step.step}  content {step.content:.2f}  style {step.style:.2f}"
            reporter.update(step.progress, f"{figures}  {step.seconds / step.step:.2f} s/step")
            if step.step == FORESEEN_AT and training.config.minutes is not None:
                print(foreseen(step, training.config.minutes, warm=warm), file=sys.stderr, flush=True)

        materials = Materials(
            painting=training.painting,
            source=source,
            loss_network=features,
            identity=training.identity,
            signature=training.signature,
            provenance=provenance,
        )
        outputs = Outputs(
            folder=training.folder,
            stop=stop,
            report=report,
            watch=window.watch if window is not None else lambda *_: None,
            preview=functools.partial(write_preview, preview_pictures(source), training.painting),
            preview_every=preview_every,
        )
        result = fit(
            training.config, materials, outputs, device,
            start=training.start, resume=training.resume, processes=processes,
        )  # fmt: skip
    folder, checkpoint = shown(str(training.folder)), shown(str(training.folder / CHECKPOINT_NAME))
    few = too_few(result.step, warm=warm)
    if few is not None:
        print(few, file=sys.stderr)
    if not result.finished:
        print(
            f"stopped and saved at step {result.step}; continue with: nst-train --resume --run {folder}, "
            f"or use it as it is: nst-export {folder}",
            file=sys.stderr,
        )
        raise typer.Exit(130)
    sheet = shown(str(training.folder / SHEET_NAME))
    print(f"{checkpoint}: {counted(result.step, 'step')}; see {sheet}. Next: nst-export {checkpoint}")


def foreseen(step: Step, minutes: float, *, warm: bool) -> str:
    """One line: how many steps a training of so many minutes will have, as far as one of its first steps tells."""
    count = round(step.step / max(step.progress, 1e-9))
    needed = steps_needed(warm=warm)
    short = f"; the style needs about {needed}, which take {minutes * needed / count:.0f} minutes"
    return f"{minutes:g} minutes are about {count} steps here{short if count < needed else ''}"


def preview_pictures(source: ContentSource) -> list[Picture]:
    """Two bundled photographs with a face and fine detail, and three pictures from the run's own content.

    A picture that is too small for the networks, an icon for example, is enlarged as a training crop would be.
    """
    rng = np.random.default_rng(1)
    pictures = [read_rgb(PHOTOS / "astronaut.jpg"), read_rgb(PHOTOS / "coffee.jpg")]
    for _ in range(3):
        own = source.picture(rng, 256)
        pictures.append(np.ascontiguousarray(random_crop(own, 256, rng)) if min(own.shape[:2]) < SMALLEST_SIDE else own)
    return [shrink_to(p, 288) for p in pictures]
