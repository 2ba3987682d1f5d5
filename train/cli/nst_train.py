"""nst-train: fits a network to a painting."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from nstcam.train.cli.exit_codes import run_command
from nstcam.train.cli.on_cluster import check_cluster
from nstcam.train.cli.options import Device, LossWeights, Threads
from nstcam.train.cli.queue import start_all
from nstcam.train.cli.start_training import start
from nstcam.train.cli.train_options import STROKES, TrainOptions
from nstcam.train.errors import TrainError
from nstcam.train.fit.config import COLD_STEPS, LARGEST_SEED, USUAL_CROPS, WARM_STEPS, TrainConfig
from nstcam.train.fit.loop import PREVIEW_EVERY
from nstcam.train.processes import MOST_PROCESSES

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)

_BATCHES = "{warm.batch} with a warm start, {cold.batch} from scratch, {gpu.batch} on a GPU".format(**USUAL_CROPS)
_SIDES = "{warm.side} with a warm start, {cold.side} from scratch, {gpu.side} on a GPU".format(**USUAL_CROPS)
_STROKE_SIZES = ", ".join(f"{name} {size}" for name, size in STROKES.items())

Stroke = Literal["small", "medium", "large"]


# typer makes the command line from the signature: one parameter per option.
@app.command()
def train(
    context: typer.Context,
    style: Annotated[
        list[Path] | None,
        typer.Option(
            help="The painting: any picture file. Repeatable: one training after the other, or at once with --cluster."
        ),
    ] = None,
    content: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of photos (searched recursively) or a video; repeatable. Default: the built-in pictures, "
            "which need no download. With --resume: where the content is now, if it was moved."
        ),
    ] = None,
    preset: Annotated[str, typer.Option(help="Network: lite (for CPUs, live) or johnson (larger, for GPUs).")] = "lite",
    init: Annotated[
        str | None,
        typer.Option(
            help="Warm start: a bundled style's name, a run folder or a checkpoint; 'none' trains from scratch. "
            "Default: the bundled style or finished run whose painting is most like yours."
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            min=1, help=f"Length of the training. Default: {WARM_STEPS} with a warm start, {COLD_STEPS} from scratch."
        ),
    ] = None,
    minutes: Annotated[float | None, typer.Option(min=0.05, help="Length in minutes instead of steps.")] = None,
    stroke: Annotated[
        Stroke | None,
        typer.Option(
            help=f"Size of the strokes: shorter side of the painting in px, {_STROKE_SIZES}. "
            f"Default: {TrainConfig.style_size} px."
        ),
    ] = None,
    style_size: Annotated[
        int | None,
        typer.Option(min=64, max=2048, help="Instead of --stroke: shorter side of the painting in px."),
    ] = None,
    style_strength: Annotated[
        float, typer.Option(min=0.0, help="0.45 is gentle, 0.7 balanced, 1 strong.")
    ] = TrainConfig.style_strength,
    calm: Annotated[
        float,
        typer.Option(min=0.0, help="1 keeps bare walls bare, for prints and drawings."),
    ] = TrainConfig.calm_weight,
    patches: Annotated[
        float, typer.Option(min=0, max=1.5, help="Strength of large patches of colour; 0 keeps faces clean.")
    ] = TrainConfig.patches,
    batch: Annotated[int | None, typer.Option(min=1, help=f"Training crops per step. Default: {_BATCHES}.")] = None,
    crop: Annotated[
        int | None, typer.Option(min=64, help=f"Side of the training crops in px. Default: {_SIDES}.")
    ] = None,
    learning_rate: Annotated[
        float, typer.Option(min=1e-6, help="Highest learning rate of the schedule.")
    ] = TrainConfig.learning_rate,
    loss_network: Annotated[
        Literal["vgg16", "vgg19"],
        typer.Option(help="Network that measures the loss; vgg19 is downloaded once."),
    ] = "vgg16",
    loss_weights: LossWeights = None,
    device: Device = "auto",
    threads: Threads = None,
    processes: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MOST_PROCESSES,
            help="Processes on this machine that share the crops of each step, on a GPU each if there are any. "
            "For several machines use torchrun.",
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS|local",
            help="Train each style on a worker of a Ray cluster: its address, auto, or local for processes of this "
            "machine.",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=10_000, help="Workers of --cluster. Default: one per GPU, or per two cores."),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            min=0, max=LARGEST_SEED, help="Another seed draws other crops, canvas offsets and, from scratch, weights."
        ),
    ] = TrainConfig.seed,
    name: Annotated[
        str | None, typer.Option(help="Name of the style, for nstcam --style. Default: the picture's file name.")
    ] = None,
    title: Annotated[str, typer.Option(help="Title of the painting.")] = "",
    artist: Annotated[str, typer.Option(help="Who painted it.")] = "",
    year: Annotated[str, typer.Option(help="When it was painted.")] = "",
    licence: Annotated[str, typer.Option(help="Licence of the style.")] = "",
    run: Annotated[Path | None, typer.Option(help="Run folder. Default: runs/NAME.")] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Continue an interrupted run with its own settings: that of --run, --name or --style, or the newest.",
        ),
    ] = False,
    preview: Annotated[
        str | None,
        typer.Option(
            metavar="camera|FILE", help="Show in a window how the camera, a clip or a photo is painted so far."
        ),
    ] = None,
    preview_every: Annotated[
        int, typer.Option(min=1, help="Steps between contact sheets. Checkpoints are written twice a minute.")
    ] = PREVIEW_EVERY,
) -> None:
    """Train a network on a painting. Look at runs/NAME/preview.png while it trains; then run nst-export."""
    given = {name: value for name, value in locals().items() if name != "context"}
    if style is not None and (len(style) > 1 or cluster is not None):
        start_all(style, given, settings_given(context))
        return
    given["style"] = style[0] if style else None
    options = TrainOptions(**given, settings_given=settings_given(context))
    check_cluster(options)
    start(options)


def settings_given(context: typer.Context) -> tuple[str, ...]:
    """The options on the command line for which an interrupted run has its own values."""
    free = {
        "resume",
        "device",
        "threads",
        "processes",
        "cluster",
        "workers",
        "preview",
        "preview_every",
        "run",
        "content",
    }
    if context.params["run"] is None:
        free |= {"style", "name"}  # they say which run
    given: list[str] = []
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if name not in free and source is not None and source.name == "COMMANDLINE":
            given.append(parameter.opts[0])
    return tuple(given)


def main() -> None:
    run_command(app, "nst-train", TrainError)


if __name__ == "__main__":
    main()
