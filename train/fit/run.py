"""One training: what it is started with, how it runs, how it goes on after an interruption."""

from __future__ import annotations

import functools
import json
import logging
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
import torch
import typer

from nstcam.train.console import progress_bar, stopping_on_signals
from nstcam.train.content.pictures import (
    PHOTOS,
    SMALLEST_SIDE,
    BuiltInSource,
    ContentSource,
    FileSource,
    random_crop,
    read_rgb,
    shrink_to,
)
from nstcam.train.content.scenes import Picture
from nstcam.train.errors import TrainError
from nstcam.train.files import write_whole
from nstcam.train.fit.config import TrainConfig, config_from
from nstcam.train.fit.loop import CHECKPOINT_NAME, fit
from nstcam.train.fit.origin import content_record, origin_of
from nstcam.train.loss.vgg import VggFeatures, load_vgg
from nstcam.train.network.checkpoint import Checkpoint, Signature, StyleIdentity, load_checkpoint
from nstcam.train.preview.live import LivePreview
from nstcam.train.preview.sheet import CURVE_NAME, SHEET_NAME, write_picture, write_preview
from nstcam.train.progress import Step, Stop
from nstcam.train.run_lock import locked

log = logging.getLogger(__name__)

PAINTING_FILE: Final = "painting.png"
RUN_FILE: Final = "run.json"


@dataclass(frozen=True)
class Inputs:
    """What a run was started with besides its TrainConfig; kept in the run folder, never in an exported style."""

    content: tuple[str, ...]
    loss_network: Literal["vgg16", "vgg19"]
    loss_weights: str | None

    def source(self) -> ContentSource:
        return FileSource([Path(p) for p in self.content]) if self.content else BuiltInSource()

    def features(self) -> VggFeatures:
        return load_vgg(self.loss_network, Path(self.loss_weights) if self.loss_weights else None)


@dataclass(frozen=True)
class Job:
    """One training, ready to go."""

    run: Path
    config: TrainConfig
    identity: StyleIdentity
    painting: Picture
    inputs: Inputs
    signature: Signature | None = None
    """Of the painting."""
    start: Checkpoint | None = None
    resume: Checkpoint | None = None


def run_job(job: Job, device: torch.device, preview_every: int, window: LivePreview | None = None) -> None:
    """Trains with a progress bar; Ctrl-C saves.

    Args:
        window: shows what the network has learnt so far.

    Raises:
        TrainError: it cannot start or go on.
        typer.Exit: 130 when interrupted.
    """
    source, features = job.inputs.source(), job.inputs.features()  # before anything is written
    with locked(job.run):
        _train(job, source, features, device, preview_every, window)


def _train(
    job: Job,
    source: ContentSource,
    features: VggFeatures,
    device: torch.device,
    preview_every: int,
    window: LivePreview | None,
) -> None:
    save_inputs(job)
    if job.resume is None:
        origin = origin_of(source, job.start, job.inputs.loss_network, device)
    else:
        origin = job.resume.origin or {}
        if content_record(source.listing()) != origin.get("content", {}):
            log.warning("the content is not what %s began with; it goes on with what is there now", job.run)
    stop = Stop()
    with stopping_on_signals(stop), progress_bar() as bar:
        task = bar.add_task(job.identity.name, total=1.0, figures="")

        def report(step: Step) -> None:
            figures = f"step {step.step}  content {step.content:.2f}  style {step.style:.2f}"
            figures += f"  {step.seconds / step.step:.2f} s/step"
            bar.update(task, completed=step.progress, figures=figures)
            if not bar.console.is_terminal and step.step % preview_every == 0:  # a log file, which bars do not reach
                print(f"{step.progress:4.0%}  {figures}", file=sys.stderr, flush=True)

        result = fit(
            job.config,
            job.painting,
            source,
            features,
            job.identity,
            job.run,
            device,
            start=job.start,
            resume=job.resume,
            signature=job.signature,
            origin=origin,
            stop=stop,
            report=report,
            watch=window.watch if window is not None else None,
            preview=functools.partial(write_preview, preview_pictures(source)),
            preview_every=preview_every,
        )
    checkpoint = job.run / CHECKPOINT_NAME
    if stop.asked:
        print(
            f"stopped and saved at step {result.step}; go on with: nst-train --resume --run {job.run}, "
            f"or take it as it is: nst-export {job.run}",
            file=sys.stderr,
        )
        raise typer.Exit(130)
    print(f"{checkpoint}: {result.step} steps; see {job.run / SHEET_NAME}. Next: nst-export {checkpoint}")


def resumed_job(run: Path, content: tuple[str, ...] = ()) -> Job:
    """Args: content: where it is now; by default where it was.

    Raises:
        TrainError: there is no interrupted run, or it is damaged or newer.
    """
    if not (run / CHECKPOINT_NAME).is_file():
        raise TrainError(f"{run} has no checkpoint to go on with; leave out --resume, or give another --run")
    checkpoint = load_checkpoint(run / CHECKPOINT_NAME)
    if checkpoint.state is None or not (run / RUN_FILE).is_file():
        raise TrainError(f"{run} holds no interrupted run; start from its weights with --init {run / CHECKPOINT_NAME}")
    inputs = read_inputs(run / RUN_FILE)
    if content:
        inputs = replace(inputs, content=content)
    painting = read_rgb(run / PAINTING_FILE)
    try:
        config = config_from(checkpoint.training)
    except TypeError as error:  # a setting that is not known here
        raise TrainError(f"{run} was begun by a newer nstcam ({error}); update this one") from error
    return Job(run, config, checkpoint.identity, painting, inputs, checkpoint.signature, resume=checkpoint)


def read_inputs(file: Path) -> Inputs:
    """What `save_inputs` wrote.

    Raises:
        TrainError: the file is damaged, or of a version that knew more.
    """
    try:
        values = json.loads(file.read_text())
        return Inputs(**{**values, "content": tuple(values["content"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise TrainError(
            f"{file} is damaged or of another version of nst-train ({type(error).__name__}); go on with that version, "
            f"or start from the run's weights with --init {file.parent}"
        ) from error


def check_run_folder(run: Path) -> None:
    """Raises TrainError if a new run would write over files there that are of no run."""
    if (run / RUN_FILE).exists():
        return
    for name in (PAINTING_FILE, SHEET_NAME, CURVE_NAME):
        if (run / name).exists():
            raise TrainError(f"{run / name} is there already and of no run; give --run a folder of its own")


def save_inputs(job: Job) -> None:
    """Makes the run folder and keeps in it what the run is started with.

    Raises:
        TrainError: the folder cannot be made or written to.
    """
    write_whole(job.run / RUN_FILE, json.dumps(asdict(job.inputs), indent=1).encode())
    if job.resume is None:
        write_picture(job.run / PAINTING_FILE, job.painting)


def preview_pictures(source: ContentSource) -> list[Picture]:
    """Two bundled photographs with a face and fine detail, and three pictures from the run's own content.

    Of what is smaller than networks take, icons say, an enlarged crop, as in training.
    """
    rng = np.random.default_rng(1)
    pictures = [read_rgb(PHOTOS / "astronaut.jpg"), read_rgb(PHOTOS / "coffee.jpg")]
    for _ in range(3):
        own = source.picture(rng, 256)
        pictures.append(np.ascontiguousarray(random_crop(own, 256, rng)) if min(own.shape[:2]) < SMALLEST_SIDE else own)
    return [shrink_to(p, 288) for p in pictures]
