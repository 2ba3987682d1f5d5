"""nst-train: fits a network to a painting."""

from __future__ import annotations

import logging
import re
import sys
import unicodedata
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from nstcam.train.cli.command import run_command
from nstcam.train.console import pick_device
from nstcam.train.content.paintings import read_painting
from nstcam.train.errors import TrainError
from nstcam.train.fit.config import LARGEST_SEED, TrainConfig, usual_crops, warm
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.fit.run import Inputs, Job, check_run_folder, resumed_job, run_job
from nstcam.train.fit.warm_start import find_warm_start, nearest_first, signature_of, told
from nstcam.train.network.checkpoint import Checkpoint, Signature, StyleIdentity, is_mark, load_checkpoint
from nstcam.train.network.networks import PRESETS
from nstcam.train.preview.live import LivePreview

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

RUNS: Final = Path("runs")
STROKES: Final = {"small": 384, "medium": 512, "large": 768}
"""Style sizes in pixels by the plain name of what they do."""
LONGEST_NAME: Final = 60
"""Characters; users have to type it, and in any script it leaves room for suffixes in the name of a file."""


@app.command()
def train(
    context: typer.Context,
    style: Annotated[Path | None, typer.Option(help="The painting: any picture file.")] = None,
    content: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of photos (any depth) or a video; repeatable. Default: the built-in source, offline. "
            "With --resume: where they are now, if they were moved."
        ),
    ] = None,
    preset: Annotated[str, typer.Option(help="Network: lite (CPUs, live) or johnson (larger, for GPUs).")] = "lite",
    init: Annotated[
        str | None,
        typer.Option(
            help="Warm start: a bundled style's name, a run folder or a checkpoint; 'none' starts from nothing. "
            "Default: of the bundled styles and your finished runs the one whose painting is nearest."
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Length of the training. Default 1000 warm, 4000 cold.")
    ] = None,
    minutes: Annotated[float | None, typer.Option(min=0.05, help="Length in minutes instead of steps.")] = None,
    stroke: Annotated[
        Literal["small", "medium", "large"] | None,
        typer.Option(help="Size of the strokes; default medium. The painting at 384, 512 or 768 px."),
    ] = None,
    style_size: Annotated[
        int | None,
        typer.Option(min=64, max=2048, help="Instead of --stroke: shorter side of the painting in px."),
    ] = None,
    style_strength: Annotated[float, typer.Option(min=0.0, help="0.45 gentle, 0.7 balanced, 1 strong.")] = 0.7,
    calm: Annotated[
        float,
        typer.Option(min=0.0, help="1 keeps bare walls bare, for prints and drawings."),
    ] = 0.0,
    patches: Annotated[
        float, typer.Option(min=0, max=1.5, help="Large patches of colour, up to 1 or more; 0 keeps faces clean.")
    ] = TrainConfig.patches,
    batch: Annotated[
        int | None, typer.Option(min=1, help="Training crops in a step. Default 1, with --init none 2, on a GPU 4.")
    ] = None,
    crop: Annotated[
        int | None,
        typer.Option(min=64, help="Side of training crops. Default 272 px, with --init none 192, on a GPU 256."),
    ] = None,
    learning_rate: Annotated[float, typer.Option(min=1e-6)] = 4e-3,
    loss_network: Annotated[Literal["vgg16", "vgg19"], typer.Option(help="vgg19 is downloaded once.")] = "vgg16",
    loss_weights: Annotated[Path | None, typer.Option(help="File of loss network weights to use instead.")] = None,
    device: Annotated[Literal["auto", "cuda", "cpu"], typer.Option()] = "auto",
    seed: Annotated[
        int,
        typer.Option(
            min=0, max=LARGEST_SEED, help="Another one draws other crops, canvas offsets and, from nothing, weights."
        ),
    ] = 0,
    name: Annotated[str | None, typer.Option(help="What users will type. Default: the picture's file name.")] = None,
    title: Annotated[str, typer.Option(help="Title of the painting.")] = "",
    artist: Annotated[str, typer.Option()] = "",
    year: Annotated[str, typer.Option()] = "",
    licence: Annotated[str, typer.Option()] = "",
    run: Annotated[Path | None, typer.Option(help="Run folder. Default runs/NAME.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run, with its own settings.")
    ] = False,
    preview: Annotated[
        str | None,
        typer.Option(metavar="camera|FILE", help="A window with the camera, a clip or a photo as painted so far."),
    ] = None,
    preview_every: Annotated[
        int, typer.Option(min=1, help="Steps between contact sheets; checkpoints come twice a minute.")
    ] = 100,
) -> None:
    """Fit a network to a painting. Look at runs/NAME/preview.png while it trains; then run nst-export."""
    if preset not in PRESETS:
        raise typer.BadParameter(f"preset {preset} is unknown; there are {', '.join(PRESETS)}")
    if crop is not None and crop % 16:
        raise typer.BadParameter(f"crop {crop} is not a multiple of 16; take {max(crop // 16 * 16, 64)}")
    if stroke is not None and style_size is not None:
        raise typer.BadParameter(f"--stroke {stroke} is --style-size {STROKES[stroke]}; give one of the two")
    if resume and (given := settings_given(context)):
        raise typer.BadParameter(
            f"--resume goes on with the run's own settings; leave out {' '.join(given)}, or start another run"
        )
    torch_device = pick_device(device)
    on_gpu = torch_device.type == "cuda"
    name = name or (name_from(style) if style else None)
    run = run or (RUNS / name if name else None)
    if run is None:
        raise typer.BadParameter("which painting? give --style PICTURE (or --resume with --run FOLDER)")
    if resume:
        job = resumed_job(run, places(content))
        if job.resume is not None and job.resume.finished:
            print(
                f"{run} has ended, with step {job.resume.step}; to train its style further: "
                f"nst-train --style PICTURE --init {run} --run ANOTHER"
            )
            return
    else:
        if style is None or name is None:
            raise typer.BadParameter("which painting? give --style PICTURE")
        if (run / CHECKPOINT_NAME).exists():
            raise TrainError(f"{run} holds a trained style: go on with --resume, or choose another --name or --run")
        check_run_folder(run)
        painting = read_painting(style)
        style_size = style_size or STROKES[stroke or "medium"]
        signature = signature_of(painting, style_size)
        start = load_start(init, preset, signature)
        usual_batch, usual_crop = usual_crops(warm=start is not None, on_gpu=on_gpu)
        config = TrainConfig(
            PRESETS[preset],
            steps=steps or (1000 if start else 4000),
            minutes=minutes,
            batch=batch or usual_batch,
            crop=crop or usual_crop,
            style_size=style_size,
            style_strength=style_strength,
            calm_weight=calm,
            patches=patches,
            learning_rate=learning_rate,
            seed=seed,
        )
        if start is not None:
            config = warm(config)
        inputs = Inputs(
            places(content),
            loss_network,
            str(loss_weights.resolve()) if loss_weights else None,
        )
        identity = StyleIdentity(name, title, artist, year, licence)
        job = Job(run, config, identity, painting, inputs, signature, start)
    with open_preview(preview, job.identity.name) as window:
        run_job(job, torch_device, preview_every, window)


def open_preview(source: str | None, style: str) -> AbstractContextManager[LivePreview | None]:
    return nullcontext() if source is None else LivePreview(f"nst-train: {style}", source)


def places(content: list[Path] | None) -> tuple[str, ...]:
    """Independent of the folder that a run is resumed from."""
    return tuple(str(path.resolve()) for path in content or ())


def settings_given(context: typer.Context) -> list[str]:
    """The options on the command line that an interrupted run has its own values of."""
    free = {"resume", "device", "preview", "preview_every", "run", "content"}
    if context.params["run"] is None:
        free |= {"style", "name"}  # they say which run
    given: list[str] = []
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if name not in free and source is not None and source.name == "COMMANDLINE":
            given.append(parameter.opts[0])
    return given


def load_start(init: str | None, preset: str, painting: Signature) -> Checkpoint | None:
    """What --init names; without it the nearest of the bundled styles and the user's runs, said in a line."""
    if init == "none":
        return None
    if init is not None:
        start = load_checkpoint(find_warm_start(init))
        if start.network.kind != preset:
            raise TrainError(
                f"--init {init} is a network of preset {start.network.kind}, not {preset}; "
                f"use --preset {start.network.kind}, or --init none"
            )
        return start
    candidates = nearest_first(PRESETS[preset], painting, RUNS)
    if not candidates:
        print(f"starts from nothing: there is no trained style of preset {preset} yet", file=sys.stderr)
        return None
    print(told(candidates), file=sys.stderr)
    return candidates[0].checkpoint


def name_from(picture: Path) -> str:
    """A style name from a file name, cut if long: lower case, letters and digits of any script, and dashes."""
    composed = unicodedata.normalize("NFC", picture.stem)  # some systems take accents off their letters
    small = composed.lower().replace("i\u0307", "i")  # of the Turkish capital, whose dot would stay
    name = ""
    for c in small:
        name += c if c.isalnum() or (is_mark(c) and name[-1:] not in ("", "-")) else "-"
    return re.sub("-+", "-", name).strip("-")[:LONGEST_NAME].rstrip("-") or "style"


def main() -> None:
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    run_command(app, "nst-train", TrainError)


if __name__ == "__main__":
    main()
