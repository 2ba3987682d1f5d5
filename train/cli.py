"""nst-train: fits a network to a painting."""

from __future__ import annotations

import functools
import json
import logging
import re
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

import numpy as np
import torch
import typer

from train.checkpoint import Checkpoint, Signature, StyleIdentity, load_checkpoint
from train.command import run_command
from train.console import pick_device, progress_bar, stopping_on_signals
from train.content import PHOTOS, BuiltInSource, ContentSource, FileSource, read_rgb, shrink_to
from train.errors import TrainError
from train.fit import CHECKPOINT_NAME, Step, Stop, TrainConfig, config_from, fit
from train.networks import PRESETS
from train.preview import SHEET_NAME, write_picture, write_preview
from train.scenes import Picture
from train.vgg import VggFeatures, load_vgg
from train.warm_start import find_warm_start, nearest_first, signature_of, told

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

RUNS: Final = Path("runs")
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


@app.command()
def train(
    style: Annotated[Path | None, typer.Option(help="The painting: any picture file.")] = None,
    content: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of photos (any depth) or a video; repeatable. Default: the built-in source, offline."
        ),
    ] = None,
    preset: Annotated[str, typer.Option(help="Network: lite (CPUs, live) or johnson (larger, for GPUs).")] = "lite",
    init: Annotated[
        str | None,
        typer.Option(
            help="Warm start: a bundled style's name or a checkpoint; 'none' starts from nothing. "
            "Default: of the bundled styles and your finished runs the one whose painting is nearest."
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Length of the training. Default 1000 warm, 2500 cold.")
    ] = None,
    minutes: Annotated[float | None, typer.Option(min=0.05, help="Length in minutes instead of steps.")] = None,
    style_size: Annotated[
        int, typer.Option(min=64, max=2048, help="Shorter side of the painting in px; larger means broader strokes.")
    ] = 384,
    style_strength: Annotated[float, typer.Option(min=0.0, help="0.45 gentle, 0.7 balanced, 1.5 strong.")] = 0.7,
    calm: Annotated[
        float,
        typer.Option(min=0.0, help="1 keeps bare walls bare, for prints and drawings."),
    ] = 0.0,
    batch: Annotated[int, typer.Option(min=1)] = 4,
    crop: Annotated[
        int | None, typer.Option(min=64, help="Side of training crops. Default 192 px, on a GPU 256.")
    ] = None,
    learning_rate: Annotated[float, typer.Option(min=1e-6)] = 2e-3,
    loss_network: Annotated[Literal["vgg16", "vgg19"], typer.Option(help="vgg19 is downloaded once.")] = "vgg16",
    loss_weights: Annotated[Path | None, typer.Option(help="File of loss network weights to use instead.")] = None,
    device: Annotated[Literal["auto", "cuda", "cpu"], typer.Option()] = "auto",
    seed: Annotated[int, typer.Option()] = 0,
    name: Annotated[str | None, typer.Option(help="What users will type. Default: the picture's file name.")] = None,
    title: Annotated[str, typer.Option(help="Title of the painting.")] = "",
    artist: Annotated[str, typer.Option()] = "",
    year: Annotated[str, typer.Option()] = "",
    licence: Annotated[str, typer.Option()] = "",
    run: Annotated[Path | None, typer.Option(help="Run folder. Default runs/NAME.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run, with its own settings.")
    ] = False,
    preview_every: Annotated[int, typer.Option(min=1, help="Steps between checkpoints and contact sheets.")] = 100,
) -> None:
    """Fit a network to a painting. Look at runs/NAME/preview.png while it trains; then run nst-export."""
    if preset not in PRESETS:
        raise typer.BadParameter(f"preset {preset} is unknown; there are {', '.join(PRESETS)}")
    if crop is not None and crop % 16:
        raise typer.BadParameter(f"crop {crop} is not a multiple of 16; take {max(crop // 16 * 16, 64)}")
    torch_device = pick_device(device)
    name = name or (name_from(style) if style else None)
    run = run or (RUNS / name if name else None)
    if run is None:
        raise typer.BadParameter("which painting? give --style PICTURE (or --resume with --run FOLDER)")
    if resume:
        job = resumed_job(run)
    else:
        if style is None or name is None:
            raise typer.BadParameter("which painting? give --style PICTURE")
        if (run / CHECKPOINT_NAME).exists():
            raise TrainError(f"{run} holds a trained style: go on with --resume, or choose another --name or --run")
        painting = read_rgb(style)
        signature = signature_of(painting, style_size)
        start = load_start(init, preset, signature)
        config = TrainConfig(
            PRESETS[preset],
            steps=steps or (1000 if start else 2500),
            minutes=minutes,
            batch=batch,
            crop=crop or (256 if torch_device.type == "cuda" else 192),
            style_size=style_size,
            style_strength=style_strength,
            calm_weight=calm,
            learning_rate=learning_rate,
            flicker_from=0.1 if start else TrainConfig.flicker_from,
            freeze_norms_at=0.0 if start else TrainConfig.freeze_norms_at,
            seed=seed,
        )
        inputs = Inputs(
            tuple(str(p.resolve()) for p in content or ()),
            loss_network,
            str(loss_weights.resolve()) if loss_weights else None,
        )
        identity = StyleIdentity(name, title, artist, year, licence)
        job = Job(run, config, identity, painting, inputs, signature, start)
    run_job(job, torch_device, preview_every)


def run_job(job: Job, device: torch.device, preview_every: int) -> None:
    """Trains with a progress bar; Ctrl-C saves.

    Raises:
        typer.Exit: 130 when interrupted.
    """
    source, features = job.inputs.source(), job.inputs.features()
    if job.resume is None:
        save_inputs(job)
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
            stop=stop,
            report=report,
            preview=functools.partial(write_preview, preview_pictures(source)),
            preview_every=preview_every,
        )
    checkpoint = job.run / CHECKPOINT_NAME
    if stop.asked:
        print(
            f"stopped and saved at step {result.step}; go on with: nst-train --resume --run {job.run}", file=sys.stderr
        )
        raise typer.Exit(130)
    print(f"{checkpoint}: {result.step} steps; see {job.run / SHEET_NAME}. Next: nst-export {checkpoint}")


def load_start(init: str | None, preset: str, painting: Signature) -> Checkpoint | None:
    """What --init names; without it the nearest of the bundled styles and the user's runs, said in a line."""
    if init is not None:
        return None if init == "none" else load_checkpoint(find_warm_start(init))
    candidates = nearest_first(PRESETS[preset], painting, RUNS)
    if not candidates:
        print(f"starts from nothing: there is no trained style of preset {preset} yet", file=sys.stderr)
        return None
    print(told(candidates), file=sys.stderr)
    return candidates[0].checkpoint


def resumed_job(run: Path) -> Job:
    checkpoint = load_checkpoint(run / CHECKPOINT_NAME)
    if checkpoint.state is None or not (run / RUN_FILE).is_file():
        raise TrainError(f"{run} holds no interrupted run; start from its weights with --init {run / CHECKPOINT_NAME}")
    values = json.loads((run / RUN_FILE).read_text())
    inputs = Inputs(**{**values, "content": tuple(values["content"])})
    painting = read_rgb(run / PAINTING_FILE)
    config = config_from(checkpoint.training)
    return Job(run, config, checkpoint.identity, painting, inputs, checkpoint.signature, resume=checkpoint)


def save_inputs(job: Job) -> None:
    """Makes the run folder and keeps in it what the run is started with.

    Raises:
        TrainError: the folder cannot be made or written to.
    """
    try:
        job.run.mkdir(parents=True, exist_ok=True)
        (job.run / RUN_FILE).write_text(json.dumps(asdict(job.inputs), indent=1))
    except OSError as error:
        raise TrainError(f"cannot write the run folder {job.run} ({error.strerror}); choose another --run") from error
    write_picture(job.run / PAINTING_FILE, job.painting)


def name_from(picture: Path) -> str:
    """A style name from a file name: lower case, letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", picture.stem.lower()).strip("-") or "style"


def preview_pictures(source: ContentSource) -> list[Picture]:
    """Two bundled photographs with a face and fine detail, and three pictures from the run's own content."""
    rng = np.random.default_rng(1)
    bundled = [read_rgb(PHOTOS / "astronaut.jpg"), read_rgb(PHOTOS / "coffee.jpg")]
    return [shrink_to(p, 288) for p in (*bundled, *(source.picture(rng, 256) for _ in range(3)))]


def main() -> None:
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    run_command(app, "nst-train", TrainError)


if __name__ == "__main__":
    main()
