"""nst-paint: paints one picture by optimising its pixels, which is far slower than a trained style."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from nstcam.train.cli.exit_codes import run_command
from nstcam.train.cli.options import Device, LossWeights, Threads
from nstcam.train.cli.paint_options import DEFAULT_SIZE, PaintOptions, start
from nstcam.train.errors import TrainError
from nstcam.train.fit.config import LARGEST_SEED
from nstcam.train.loss.objective import STYLE_WEIGHT, LossForm, ObjectiveConfig
from nstcam.train.loss.vgg import LossNetworkName, Pooling
from nstcam.train.paint.optimize import Method, Optimizer
from nstcam.train.paint.pyramid import Init, PaintConfig
from nstcam.train.picture import SMALLEST_SIDE

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)

_STYLE_WEIGHTS = ", ".join(f"{form} {weight:g}" for form, weight in STYLE_WEIGHT.items())


# typer makes the command line from the signature: one parameter per option.
@app.command()
def paint(
    pictures: Annotated[
        list[Path],
        typer.Argument(
            metavar="CONTENT STYLE [STYLE...]",
            help="With a content weight of 0 the style alone is enough, and its texture is painted. With a style "
            "weight of 0 the content alone is enough, and it is reconstructed.",
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Picture to write; its suffix chooses the format.")],
    size: Annotated[
        int | None,
        typer.Option(min=SMALLEST_SIDE, help=f"Longer side in px. Default: the content's, at most {DEFAULT_SIZE}."),
    ] = None,
    preset: Annotated[
        Literal["johnson", "gatys"],
        typer.Option(help="johnson: VGG-16, relu3_3, relu1_2..relu4_3. gatys: VGG-19, relu4_2, relu1_1..relu5_1."),
    ] = "johnson",
    style_weight: Annotated[
        float | None,
        typer.Option(min=0, help=f"Weight against a content weight of 1. Default, by --loss: {_STYLE_WEIGHTS}."),
    ] = None,
    content_weight: Annotated[
        float, typer.Option(min=0, help="0 paints the texture of the style alone.")
    ] = ObjectiveConfig.content_weight,
    mix: Annotated[str | None, typer.Option(help="Weights of several styles, like 2,1. Default: equal.")] = None,
    style_scale: Annotated[
        float, typer.Option(min=0.05, max=20, help="Size of the style relative to the result; larger: broader strokes.")
    ] = PaintConfig.style_scale,
    keep_colors: Annotated[
        bool, typer.Option("--keep-colors", help="Paint brightness only; the content keeps its colours.")
    ] = PaintConfig.keep_colors,
    loss: Annotated[
        LossForm, typer.Option(help="relative is the loss of nst-train; docs/paint.md compares them all.")
    ] = ObjectiveConfig.form,
    content_layers: Annotated[
        str | None, typer.Option(help="Layers, like relu3_3, or with weights, like relu2_2:1,relu4_2:3.")
    ] = None,
    style_layers: Annotated[
        str | None, typer.Option(help="Layers, like relu1_1,relu2_1, or with weights, as in --content-layers.")
    ] = None,
    tv_weight: Annotated[
        float, typer.Option(min=0, help="Weight of total variation; larger is smoother.")
    ] = ObjectiveConfig.tv_weight,
    tone_weight: Annotated[
        float, typer.Option(min=0, help="Weight of the term that keeps light and dark apart; nst-train uses 0.5.")
    ] = ObjectiveConfig.tone_weight,
    init: Annotated[
        Init | None, typer.Option(help="Where to begin. Default: content, or noise if one of the weights is 0.")
    ] = None,
    noise_share: Annotated[
        float, typer.Option(min=0, max=1, help="Share of noise in --init blend.")
    ] = PaintConfig.noise_share,
    optimizer: Annotated[
        Optimizer, typer.Option(help="lbfgs needs fewer evaluations, adam less memory.")
    ] = Method.optimizer,
    evaluations: Annotated[
        int, typer.Option(min=1, help="Evaluations at the coarsest size; each finer size gets half as many.")
    ] = Method.evaluations,
    learning_rate: Annotated[float, typer.Option(min=1e-6, help="Learning rate of adam.")] = Method.learning_rate,
    coarse_to_fine: Annotated[
        bool, typer.Option("--coarse-to-fine/--one-size", help="Begin small and enlarge, or paint at full size only.")
    ] = PaintConfig.coarse_to_fine,
    film: Annotated[
        Path | None, typer.Option(help="Also write a film of the picture forming, as .mp4 or .gif.")
    ] = None,
    every: Annotated[
        int | None, typer.Option(min=1, help="Also write NAME-00025.png and so on, every so many evaluations.")
    ] = None,
    network: Annotated[
        LossNetworkName | None,
        typer.Option("--loss-network", help="Network instead of the preset's; vgg19 is downloaded once."),
    ] = None,
    weights: LossWeights = None,
    pooling: Annotated[Pooling | None, typer.Option(help="Pooling instead of the preset's.")] = None,
    device: Device = "auto",
    threads: Threads = None,
    tile: Annotated[
        int, typer.Option(min=128, help="Side in px of the squares that large pictures are painted in; saves memory.")
    ] = PaintConfig.tile,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of the noise.")] = PaintConfig.seed,
    resume: Annotated[bool, typer.Option("--resume", help="Continue an interrupted run of the same command.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing output files.")] = False,
) -> None:
    """Paint CONTENT in the style of STYLE by optimising its pixels; takes minutes on a CPU."""
    start(PaintOptions(**locals()))


def main() -> None:
    run_command(app, "nst-paint", TrainError)


if __name__ == "__main__":
    main()
