"""Starts what the command line of nst-train asks for: a new training, or one that was interrupted."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext

import torch

from nstcam.media.shown import shown
from nstcam.train.cli.launch import place_of, taking_part
from nstcam.train.cli.train_options import RUNS, TrainOptions
from nstcam.train.console import pick_device, use_threads
from nstcam.train.content.paintings import read_painting
from nstcam.train.errors import TrainError, UsageError
from nstcam.train.fit.config import COLD_STEPS, WARM_STEPS, TrainConfig, usual_crops, warm
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.fit.run import run_training
from nstcam.train.fit.run_folder import Inputs, TrainingRun, check_run_folder, interrupted_run, newest_interrupted
from nstcam.train.fit.warm_start import describe_choice, find_warm_start, nearest_first, signature_of
from nstcam.train.network.checkpoint import Checkpoint, Signature, StyleIdentity, load_checkpoint
from nstcam.train.network.networks import PRESETS
from nstcam.train.preview.live import LivePreview
from nstcam.train.processes import Processes


def start(options: TrainOptions) -> None:
    """Trains a new style, or continues an interrupted run.

    Raises:
        TrainError: something that the training needs is missing, unreadable or in the way.
        typer.Exit: 130 when interrupted.
    """
    processes = place_of(options.processes)
    with taking_part(processes):
        start_together(options, processes)


def start_together(options: TrainOptions, processes: Processes) -> None:
    """The same in each of several processes that train together.

    Raises:
        TrainError, typer.Exit: as `start`.
    """

    def prepared() -> tuple[torch.device, TrainingRun]:
        use_threads(options.threads, processes)
        device = pick_device(options.device, processes)
        return device, training_of(options, device, processes)

    device, training = processes.together(prepared)
    if training.resume is not None and training.resume.finished:
        folder = shown(str(training.folder))
        print(
            f"{folder} has already finished, at step {training.resume.step}; to train its style further: "
            f"nst-train --style PICTURE --init {folder} --run ANOTHER"
        )
        return
    with open_preview(options.preview if processes.leads else None, training.identity.name) as window:
        run_training(training, device, options.preview_every, window, processes)


def training_of(options: TrainOptions, device: torch.device, processes: Processes) -> TrainingRun:
    """What the options ask for, new or interrupted.

    Raises:
        TrainError: it cannot be.
    """
    if options.loss_weights is not None and not options.loss_weights.is_file():
        raise TrainError(f"--loss-weights {options.loss_weights} not found; give a file of the loss network's weights")
    return continued_run(options) if options.resume else new_run(options, device, processes.count)


def continued_run(options: TrainOptions) -> TrainingRun:
    """The run that --resume means; without its name the newest interrupted one below RUNS, announced on stderr.

    Raises:
        TrainError: there is none, or it cannot be continued.
    """
    if options.style is not None or options.name is not None or options.run is not None:
        return interrupted_run(options.folder, options.content_paths)
    folder = newest_interrupted(RUNS)
    training = interrupted_run(folder, options.content_paths)
    assert training.resume is not None
    print(
        f"continuing {shown(str(folder))}, the newest interrupted run, from step {training.resume.step}",
        file=sys.stderr,
    )
    return training


def new_run(options: TrainOptions, device: torch.device, processes: int = 1) -> TrainingRun:
    """Everything that a new training starts with; nothing is written yet.

    Args:
        processes: how many share each batch, whose usual size is rounded up for them.

    Raises:
        TrainError: the painting or the start cannot be read, or the run folder holds something else.
    """
    assert options.style is not None
    if (options.folder / CHECKPOINT_NAME).exists():
        raise TrainError(
            f"{options.folder} already holds a trained style; continue it with --resume, "
            "or choose another --name or --run"
        )
    check_run_folder(options.folder)
    painting = read_painting(options.style)
    weights = options.loss_weights
    inputs = Inputs(options.content_paths, options.loss_network, str(weights.resolve()) if weights else None)
    # What can be wrong with the command line comes first: the signature takes the loss network, and seconds.
    named = named_start(options.init, options.preset)
    source = inputs.source()
    signature = signature_of(painting, options.painting_side)
    initial = nearest_start(options.preset, signature) if options.init is None else named
    crops = usual_crops(warm=initial is not None, on_gpu=device.type == "cuda")
    config = TrainConfig(
        network=PRESETS[options.preset],
        steps=options.steps or (WARM_STEPS if initial else COLD_STEPS),
        minutes=options.minutes,
        batch=options.batch or -(-crops.batch // processes) * processes,
        crop=options.crop or crops.side,
        style_size=options.painting_side,
        style_strength=options.style_strength,
        calm_weight=options.calm,
        patches=options.patches,
        learning_rate=options.learning_rate,
        seed=options.seed,
    )
    return TrainingRun(
        folder=options.folder,
        config=config if initial is None else warm(config),
        identity=StyleIdentity(options.style_name, options.title, options.artist, options.year, options.licence),
        painting=painting,
        inputs=inputs,
        source=source,
        signature=signature,
        start=initial,
    )


def open_preview(source: str | None, style: str) -> AbstractContextManager[LivePreview | None]:
    return nullcontext() if source is None else LivePreview(f"nst-train: {style}", source)


def named_start(init: str | None, preset: str) -> Checkpoint | None:
    """The checkpoint that --init names; None without --init, and for `none`.

    Raises:
        TrainError: there is no such checkpoint.
        UsageError: it is a network of another preset.
    """
    if init is None or init == "none":
        return None
    start = load_checkpoint(find_warm_start(init))
    if start.network.kind != preset:
        raise UsageError(
            f"--init {init} is a network of preset {start.network.kind}, not {preset}; "
            f"use --preset {start.network.kind}, or --init none"
        )
    return start


def nearest_start(preset: str, painting: Signature) -> Checkpoint | None:
    """The bundled style or finished run whose painting is nearest, announced on stderr; None if there is none."""
    candidates = nearest_first(PRESETS[preset], painting, RUNS)
    if not candidates:
        print(f"starting from scratch: there is no trained style of preset {preset} yet", file=sys.stderr)
        return None
    print(shown(describe_choice(candidates)), file=sys.stderr)
    return candidates[0].checkpoint
