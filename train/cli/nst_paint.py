"""nst-paint: one picture, optimised directly; slower than a trained style by far."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from nstcam.train.cli.command import run_command
from nstcam.train.console import pick_device
from nstcam.train.content.paintings import check_side, read_on_white
from nstcam.train.content.pictures import SMALLEST_SIDE
from nstcam.train.content.scenes import Picture
from nstcam.train.errors import TrainError
from nstcam.train.fit.config import LARGEST_SEED
from nstcam.train.loss.losses import CONTENT_LAYER, STYLE_WEIGHTS
from nstcam.train.loss.objective import STYLE_WEIGHT, Loss, LossForm
from nstcam.train.loss.vgg import LossNetworkName, Pooling, load_vgg
from nstcam.train.paint.folder import was_interrupted
from nstcam.train.paint.optimize import Method, Optimizer
from nstcam.train.paint.pyramid import Init, PaintConfig
from nstcam.train.paint.run import Inputs, is_intermediate, run

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

DEFAULT_SIZE: Final = 512
SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")


@dataclass(frozen=True)
class Preset:
    network: LossNetworkName
    pooling: Pooling
    content_layers: Mapping[str, float]
    style_layers: Mapping[str, float]
    """Weights for the relative forms of the loss."""


PRESETS: Final[dict[str, Preset]] = {
    "johnson": Preset("vgg16", "max", {CONTENT_LAYER: 1.0}, STYLE_WEIGHTS),
    "gatys": Preset("vgg19", "average", {"relu4_2": 1.0}, {f"relu{block}_1": 3.0 for block in range(1, 6)}),
}


@app.command()
def paint(
    pictures: Annotated[
        list[Path],
        typer.Argument(
            metavar="CONTENT STYLE [STYLE...]",
            help="With a content weight of 0 one picture is enough: the style, whose texture is painted. With a style "
            "weight of 0 too: the content, which is reconstructed.",
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Picture to write; its suffix chooses the format.")],
    size: Annotated[
        int | None, typer.Option(min=SMALLEST_SIDE, help="Longer side in px. Default: the content's, at most 512.")
    ] = None,
    preset: Annotated[
        Literal["johnson", "gatys"],
        typer.Option(help="johnson: VGG-16, relu3_3, relu1_2..relu4_3. gatys: VGG-19, relu4_2, relu1_1..relu5_1."),
    ] = "johnson",
    style_weight: Annotated[
        float | None, typer.Option(min=0, help="Against content 1. Default 0.7 (loss johnson 5, gatys 1000).")
    ] = None,
    content_weight: Annotated[float, typer.Option(min=0)] = 1.0,
    mix: Annotated[str | None, typer.Option(help="Weights of several styles, like 2,1. Default: equal.")] = None,
    style_scale: Annotated[
        float, typer.Option(min=0.05, max=20, help="Size of the style against the result; larger: broader strokes.")
    ] = 1.0,
    keep_colors: Annotated[bool, typer.Option("--keep-colors", help="Paint brightness only.")] = False,
    loss: Annotated[LossForm, typer.Option(help="relative is that of nst-train; docs/paint.md compares.")] = "relative",
    content_layers: Annotated[str | None, typer.Option(help="Like relu3_3 or relu2_2:1,relu4_2:3 (weights).")] = None,
    style_layers: Annotated[str | None, typer.Option(help="Like relu1_1,relu2_1 or with weights.")] = None,
    tv_weight: Annotated[float, typer.Option(min=0, help="Of total variation; larger is smoother.")] = 0.0,
    tone_weight: Annotated[float, typer.Option(min=0, help="Keeps light and dark apart; 0.5 in nst-train.")] = 0.0,
    init: Annotated[
        Init | None, typer.Option(help="Where to begin. Default: content, or noise where one weight is 0.")
    ] = None,
    noise_share: Annotated[float, typer.Option(min=0, max=1, help="Of noise in --init blend.")] = 0.5,
    optimizer: Annotated[Optimizer, typer.Option()] = "lbfgs",
    evaluations: Annotated[
        int, typer.Option(min=1, help="At the coarsest size; each finer one gets half as many as the one before.")
    ] = 200,
    learning_rate: Annotated[float, typer.Option(min=1e-6, help="Of adam.")] = Method.learning_rate,
    coarse_to_fine: Annotated[bool, typer.Option("--coarse-to-fine/--one-size")] = True,
    film: Annotated[Path | None, typer.Option(help="Also write the picture forming, as .mp4 or .gif.")] = None,
    every: Annotated[
        int | None, typer.Option(min=1, help="Write NAME-00025.png and so on: evaluations between.")
    ] = None,
    network: Annotated[
        LossNetworkName | None,
        typer.Option("--loss-network", help="Instead of the preset's; vgg19 is downloaded once."),
    ] = None,
    weights: Annotated[
        Path | None, typer.Option("--loss-weights", help="File of loss network weights to use instead.")
    ] = None,
    pooling: Annotated[Pooling | None, typer.Option(help="Instead of the preset's.")] = None,
    device: Annotated[Literal["auto", "cuda", "cpu"], typer.Option()] = "auto",
    tile: Annotated[
        int, typer.Option(min=128, help="Side in px of the squares that large pictures are worked on in.")
    ] = PaintConfig.tile,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Of the noise.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run of the same command.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")] = False,
) -> None:
    """Paint CONTENT in the style of STYLE by optimising its pixels; takes minutes on a CPU."""
    check_output(output, film, pictures, may_exist=overwrite or resume)
    if every is not None:
        check_intermediate(output, pictures, may_exist=overwrite or resume)
    chosen = PRESETS[preset]
    if style_weight is None:
        style_weight = STYLE_WEIGHT[loss]
    if not content_weight and not style_weight:
        raise typer.BadParameter("content weight and style weight are both 0; there is nothing to paint")
    if tile % 16:
        raise typer.BadParameter(f"tile {tile} is not a multiple of 16; take {tile // 16 * 16}")
    content, styles = read_pictures(pictures, content_weight, style_weight)
    config = PaintConfig(
        Loss(
            parse_layers(content_layers) or chosen.content_layers,
            parse_layers(style_layers) or default_style_layers(chosen, loss),
            loss,
            content_weight,
            style_weight,
            tv_weight,
            tone_weight=tone_weight,
        ),
        Method(optimizer, evaluations, learning_rate),
        size or min(max(content.shape[:2]), DEFAULT_SIZE),
        coarse_to_fine,
        init or ("content" if content_weight and style_weight else "noise"),
        noise_share,
        style_scale,
        keep_colors,
        tile,
        seed,
    )
    name, pool = network or chosen.network, pooling or chosen.pooling
    mixed = tuple(zip(styles, parse_mix(mix, len(styles)), strict=True))
    inputs = Inputs(content, mixed, output, f"{name} {pool} {weights or ''}".rstrip(), film, every)
    run(inputs, config, load_vgg(name, weights, pool), pick_device(device), resume=resume)


def read_pictures(paths: list[Path], content_weight: float, style_weight: float) -> tuple[Picture, list[Picture]]:
    """The content and the styles; where only one of them counts, one picture is both.

    Raises:
        TrainError: unreadable, or too small.
        typer.BadParameter: a style is missing.
    """
    read = [read_on_white(path) for path in paths]
    for path, picture in zip(paths, read, strict=True):
        check_side(path, picture)
    if not style_weight:
        return read[0], []
    if len(read) == 1 and content_weight:
        raise typer.BadParameter(f"{paths[0]} is the content; which style? give nst-paint CONTENT STYLE")
    return read[0], read[1:] or read


def parse_layers(text: str | None) -> dict[str, float] | None:
    """relu1_2:3,relu2_2 -> weights by layer, 1 where none is given."""
    if text is None:
        return None
    layers: dict[str, float] = {}
    for part in text.split(","):
        name, _, weight = part.strip().partition(":")
        try:
            layers[name] = float(weight or 1)
        except ValueError:
            layers[name] = -1
        if not 0 < layers[name] < float("inf"):
            raise typer.BadParameter(f"{part} is no layer with a weight above 0; write relu3_3 or relu3_3:2")
    return layers


def default_style_layers(preset: Preset, form: LossForm) -> Mapping[str, float]:
    """The raw forms weigh layers equally, as published: Johnson's sum, Gatys's mean."""
    layers = preset.style_layers
    match form:
        case "johnson":
            return dict.fromkeys(layers, 1.0)
        case "gatys":
            return dict.fromkeys(layers, 1 / len(layers))
    return layers


def parse_mix(text: str | None, count: int) -> list[float]:
    """2,1 -> [2, 1]; equal weights for None."""
    if text is None:
        return [1.0] * count
    try:
        weights = [float(part) for part in text.split(",")]
    except ValueError:
        weights = []
    if len(weights) != count or min(weights, default=-1) < 0 or not 0 < sum(weights) < float("inf"):
        raise typer.BadParameter(f"mix {text} does not fit {count} styles; give {count} numbers like 2,1")
    return weights


def check_output(output: Path, film: Path | None, sources: list[Path], *, may_exist: bool) -> None:
    """Everything about the paths that can be refused before any work."""
    if output.suffix.lower() not in SUFFIXES:
        raise TrainError(f"--output {output}: its name must end in one of {' '.join(SUFFIXES)}")
    if was_interrupted(output) and not may_exist:
        raise TrainError(f"{output} was begun already; add --resume to go on, or --overwrite to start again")
    for target in (output, film):
        if target is None:
            continue
        if not target.parent.is_dir():
            raise TrainError(f"cannot write {target}: there is no folder {target.parent}; create it first")
        if target.is_dir():
            raise TrainError(f"cannot write {target}: it is a folder; give a file name")
        if any(target.resolve() == source.resolve() for source in sources):
            raise TrainError(f"cannot write {target}: it is one of the sources; choose another name")
        if target.exists() and not may_exist:
            raise TrainError(f"{target} exists already; choose another name or add --overwrite")


def check_intermediate(output: Path, sources: list[Path], *, may_exist: bool) -> None:
    """That the pictures of --every replace no other file."""
    for source in sources:
        place = source.resolve()
        if place.parent == output.parent.resolve() and is_intermediate(place.name, output):
            raise TrainError(f"--every would write over the source {source}; choose another --output than {output}")
    taken = sorted(path for path in output.parent.iterdir() if is_intermediate(path.name, output))
    if taken and not may_exist:
        raise TrainError(f"{taken[0]} exists already, and --every may write it; choose another name or add --overwrite")


def main() -> None:
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    run_command(app, "nst-paint", TrainError)


if __name__ == "__main__":
    main()
