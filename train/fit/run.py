"""One training: what it starts with, how it runs, and how it continues after an interruption."""

from __future__ import annotations

import functools
import json
import logging
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final, get_args

import numpy as np
import torch
import typer

from nstcam.media.own_files import read_at_most
from nstcam.media.shown import shown
from nstcam.train.console import stopping_on_signals
from nstcam.train.content.crops import random_crop
from nstcam.train.content.sources import BuiltInSource, ContentSource, FileSource
from nstcam.train.errors import TrainError
from nstcam.train.files import write_whole
from nstcam.train.fit.config import TrainConfig, config_from
from nstcam.train.fit.enough import steps_needed, too_few
from nstcam.train.fit.loop import CHECKPOINT_NAME, Materials, Outputs, fit
from nstcam.train.fit.loss_table import TABLE_NAME, loss_table
from nstcam.train.fit.provenance import content_record, provenance_of
from nstcam.train.fit.training_state import earlier_steps
from nstcam.train.loss.vgg import LossNetworkName, VggFeatures, load_vgg
from nstcam.train.network.checkpoint import Checkpoint, Signature, StyleIdentity, load_checkpoint
from nstcam.train.picture import PHOTOS, SMALLEST_SIDE, Picture, read_rgb, shrink_to, write_picture
from nstcam.train.preview.live import LivePreview
from nstcam.train.preview.sheet import CURVE_NAME, SHEET_NAME, write_preview
from nstcam.train.progress import Step, Stop
from nstcam.train.progress_bar import reporting
from nstcam.train.run_lock import locked

log = logging.getLogger(__name__)

PAINTING_FILE: Final = "painting.png"
RUN_FILE: Final = "run.json"
FORESEEN_AT: Final = 5
"""The step after which a training given in minutes says how many steps it will have; the first one is slower."""
_MOST_BYTES: Final = 1 << 20
"""The largest run file that is read."""
LOSS_NETWORKS: Final[tuple[LossNetworkName, ...]] = get_args(LossNetworkName)


@dataclass(frozen=True)
class Inputs:
    """What a run reads besides its painting. Kept in the run folder, never in an exported style: paths are private."""

    content: tuple[str, ...]
    """Absolute paths of folders, pictures and videos; empty for the built-in source."""
    loss_network: LossNetworkName
    loss_weights: str | None
    """Absolute path of a weights file, or None for the usual weights."""

    def source(self) -> ContentSource:
        return FileSource([Path(p) for p in self.content]) if self.content else BuiltInSource()

    def features(self) -> VggFeatures:
        return load_vgg(self.loss_network, Path(self.loss_weights) if self.loss_weights else None)


@dataclass(frozen=True, kw_only=True)
class TrainingRun:
    """Everything that one training starts with."""

    folder: Path
    config: TrainConfig
    identity: StyleIdentity
    painting: Picture
    inputs: Inputs
    signature: Signature | None = None
    """The painting's."""
    start: Checkpoint | None = None
    """Trained weights to begin with (warm start)."""
    resume: Checkpoint | None = None
    """The interrupted run to continue."""
    source: ContentSource | None = None
    """The content that `inputs` name; None if it has not been opened yet."""


def run_training(
    training: TrainingRun, device: torch.device, preview_every: int, window: LivePreview | None = None
) -> None:
    """Trains with a progress bar; Ctrl-C saves.

    Args:
        preview_every: steps between contact sheets.
        window: shows a frame as the network paints it so far.

    Raises:
        TrainError: it cannot start or continue.
        typer.Exit: 130 when interrupted.
    """
    source = training.source or training.inputs.source()  # these may fail: before anything is written
    features = training.inputs.features()
    with locked(training.folder):
        _train(training, source, features, device, preview_every, window)


def _train(
    training: TrainingRun,
    source: ContentSource,
    features: VggFeatures,
    device: torch.device,
    preview_every: int,
    window: LivePreview | None,
) -> None:
    save_inputs(training)
    if training.resume is None:
        provenance = provenance_of(source, training.start, training.inputs.loss_network, device)
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
        result = fit(training.config, materials, outputs, device, start=training.start, resume=training.resume)
    folder, checkpoint = shown(str(training.folder)), shown(str(training.folder / CHECKPOINT_NAME))
    few = too_few(result.step, warm=warm)
    if few is not None:
        print(few, file=sys.stderr)
    if stop.asked:
        print(
            f"stopped and saved at step {result.step}; continue with: nst-train --resume --run {folder}, "
            f"or use it as it is: nst-export {folder}",
            file=sys.stderr,
        )
        raise typer.Exit(130)
    sheet = shown(str(training.folder / SHEET_NAME))
    print(f"{checkpoint}: {result.step} steps; see {sheet}. Next: nst-export {checkpoint}")


def foreseen(step: Step, minutes: float, *, warm: bool) -> str:
    """One line: how many steps a training of so many minutes will have, as far as one of its first steps tells."""
    count = round(step.step / max(step.progress, 1e-9))
    needed = steps_needed(warm=warm)
    short = f"; the style needs about {needed}, which take {minutes * needed / count:.0f} minutes"
    return f"{minutes:g} minutes are about {count} steps here{short if count < needed else ''}"


def interrupted_run(run: Path, content: tuple[str, ...] = ()) -> TrainingRun:
    """The run in that folder, ready to continue.

    Args:
        content: where the content is now; by default where it was.

    Raises:
        TrainError: there is no interrupted run, or it is damaged or from a newer version.
    """
    if not (run / CHECKPOINT_NAME).is_file():
        raise TrainError(f"{run} has no checkpoint to continue from; leave out --resume, or give another --run")
    checkpoint = load_checkpoint(run / CHECKPOINT_NAME)
    if checkpoint.state is None or not (run / RUN_FILE).is_file():
        raise TrainError(
            f"{run} has weights but no interrupted run; start from them with --init {run / CHECKPOINT_NAME}"
        )
    inputs = read_inputs(run / RUN_FILE)
    if content:
        inputs = replace(inputs, content=content)
    painting = read_rgb(run / PAINTING_FILE)
    try:
        config = config_from(checkpoint.training)
    except TypeError as error:  # a setting that this version does not know
        raise TrainError(f"{run} was started by a newer nstcam ({error}); update this one") from error
    except ValueError as error:
        raise TrainError(f"the checkpoint in {run} is damaged: {error}; start another run") from error
    if config.network != checkpoint.network:
        raise TrainError(f"the checkpoint in {run} is damaged: it has two networks; start another run")
    return TrainingRun(
        folder=run,
        config=config,
        identity=checkpoint.identity,
        painting=painting,
        inputs=inputs,
        signature=checkpoint.signature,
        resume=checkpoint,
    )


def newest_interrupted(runs: Path) -> Path:
    """The folder below `runs` of the interrupted run that was written last, leaving out those that train right now.

    Raises:
        TrainError: there is none.
    """
    found = sorted(runs.glob(f"*/{CHECKPOINT_NAME}"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in found:
        try:
            with locked(path.parent):
                checkpoint = load_checkpoint(path)
        except TrainError as error:
            log.warning("not continued: %s", error)
            continue
        if not checkpoint.finished:
            return path.parent
    raise TrainError(f"no interrupted run below {runs.resolve()}; add --run FOLDER, or train with --style PICTURE")


def read_inputs(file: Path) -> Inputs:
    """What `save_inputs` wrote.

    Raises:
        TrainError: the file is damaged or from another version.
    """
    try:
        values = json.loads(read_at_most(file, _MOST_BYTES))
        if type(values["content"]) is not list:  # the letters of a text would be taken for paths, "/" among them
            raise ValueError("content")
        inputs = Inputs(**{**values, "content": tuple(values["content"])})
        if inputs.loss_network not in LOSS_NETWORKS:
            raise ValueError("loss network")
        for path in (*inputs.content, *([] if inputs.loss_weights is None else [inputs.loss_weights])):
            if type(path) is not str or "\0" in path:
                raise ValueError("path")
        return inputs
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise TrainError(
            f"{file} is damaged or from another version of nst-train ({type(error).__name__}); continue with that "
            f"version, or start from the run's weights with --init {file.parent}"
        ) from error


def check_run_folder(run: Path) -> None:
    """Raises TrainError if a new run would overwrite files in that folder that belong to no run."""
    if (run / RUN_FILE).exists():
        return
    for name in (PAINTING_FILE, SHEET_NAME, CURVE_NAME, TABLE_NAME):
        if (run / name).exists():
            raise TrainError(f"{run / name} exists but is not part of a run; give --run a folder of its own")


def save_inputs(training: TrainingRun) -> None:
    """Creates the run folder and saves there what the run starts with.

    Raises:
        TrainError: the folder cannot be created or written to.
    """
    write_whole(training.folder / RUN_FILE, json.dumps(asdict(training.inputs), indent=1).encode())
    if training.resume is None:
        write_picture(training.folder / PAINTING_FILE, training.painting)


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
