"""The folder of a training: what the training starts with, and how an interrupted one is found and read again."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final, get_args

from nstcam.media.own_files import read_at_most
from nstcam.train.content.sources import BuiltInSource, ContentSource, FileSource
from nstcam.train.errors import TrainError
from nstcam.train.files import write_whole
from nstcam.train.fit.config import TrainConfig, config_from
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.fit.loss_table import TABLE_NAME
from nstcam.train.loss.vgg import LossNetworkName, VggFeatures, load_vgg
from nstcam.train.network.checkpoint import Checkpoint, Signature, StyleIdentity, load_checkpoint
from nstcam.train.picture import Picture, read_rgb, write_picture
from nstcam.train.preview.sheet import CURVE_NAME, SHEET_NAME
from nstcam.train.run_lock import locked

log = logging.getLogger(__name__)

PAINTING_FILE: Final = "painting.png"
RUN_FILE: Final = "run.json"
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
