"""The command line of nst-paint as one checked value, and what it starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nstcam.train.cli.paint_layers import PRESETS, default_style_layers, parse_layers
from nstcam.train.console import pick_device, use_threads
from nstcam.train.content.paintings import check_side, read_on_white
from nstcam.train.errors import TrainError, UsageError
from nstcam.train.loss.objective import STYLE_WEIGHT, LossForm, ObjectiveConfig
from nstcam.train.loss.vgg import LossNetworkName, Pooling, load_vgg
from nstcam.train.paint.film import check_film
from nstcam.train.paint.folder import was_interrupted
from nstcam.train.paint.optimize import Method, Optimizer
from nstcam.train.paint.pyramid import Init, PaintConfig
from nstcam.train.paint.run import PaintJob, is_intermediate, run
from nstcam.train.picture import Picture

DEFAULT_SIZE: Final = 512
"""Pixels: larger content is painted at this size unless --size is given."""
SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")


@dataclass(frozen=True, kw_only=True)
class PaintOptions:
    """The command line, with values as typed; see the help texts in nst_paint.py.

    Raises:
        UsageError: options that contradict each other, or a value that cannot be painted with.
    """

    pictures: list[Path]
    output: Path
    size: int | None
    preset: str
    style_weight: float | None
    content_weight: float
    mix: str | None
    style_scale: float
    keep_colors: bool
    loss: LossForm
    content_layers: str | None
    style_layers: str | None
    tv_weight: float
    tone_weight: float
    init: Init | None
    noise_share: float
    optimizer: Optimizer
    evaluations: int
    learning_rate: float
    coarse_to_fine: bool
    film: Path | None
    every: int | None
    network: LossNetworkName | None
    weights: Path | None
    pooling: Pooling | None
    device: str
    threads: int | None
    tile: int
    seed: int
    resume: bool
    overwrite: bool

    def __post_init__(self) -> None:
        if self.output.suffix.lower() not in SUFFIXES:
            raise UsageError(f"--output {self.output}: its name must end in one of {' '.join(SUFFIXES)}")
        if self.film is not None:
            check_film(self.film)
        if not self.content_weight and not self.used_style_weight:
            raise UsageError("--content-weight and --style-weight are both 0: nothing is left to paint; raise one")
        if self.tile % 16:
            raise UsageError(f"--tile {self.tile} is not a multiple of 16; use --tile {self.tile // 16 * 16}")
        if len(self.pictures) == 1 and self.content_weight and self.used_style_weight:
            raise UsageError(f"{self.pictures[0]} is the content, and no style is given; use: nst-paint CONTENT STYLE")
        self.mix_weights()
        self.objective_config()

    @property
    def used_style_weight(self) -> float:
        return STYLE_WEIGHT[self.loss] if self.style_weight is None else self.style_weight

    @property
    def style_count(self) -> int:
        """How many of the pictures are styles: all but the content; a texture's only picture is both."""
        return max(len(self.pictures) - 1, 1) if self.used_style_weight else 0

    def mix_weights(self) -> list[float]:
        return parse_mix(self.mix, self.style_count)

    def objective_config(self) -> ObjectiveConfig:
        preset = PRESETS[self.preset]
        return ObjectiveConfig(
            content_layers=parse_layers(self.content_layers) or preset.content_layers,
            style_layers=parse_layers(self.style_layers) or default_style_layers(preset, self.loss),
            form=self.loss,
            content_weight=self.content_weight,
            style_weight=self.used_style_weight,
            tv_weight=self.tv_weight,
            tone_weight=self.tone_weight,
        )

    def paint_config(self, content: Picture) -> PaintConfig:
        both = self.content_weight and self.used_style_weight
        return PaintConfig(
            loss=self.objective_config(),
            method=Method(optimizer=self.optimizer, evaluations=self.evaluations, learning_rate=self.learning_rate),
            size=self.size or min(max(content.shape[:2]), DEFAULT_SIZE),
            coarse_to_fine=self.coarse_to_fine,
            init=self.init or ("content" if both else "noise"),
            noise_share=self.noise_share,
            style_scale=self.style_scale,
            keep_colors=self.keep_colors,
            tile=self.tile,
            seed=self.seed,
        )


def start(options: PaintOptions) -> None:
    """Paints the picture.

    Raises:
        TrainError: a picture cannot be read, an output cannot be written, or the memory is too small.
        typer.Exit: 130 when interrupted.
    """
    check_outputs(options)
    use_threads(options.threads)
    content, *others = read_pictures(options.pictures)
    styles = (others or [content])[: options.style_count]
    preset = PRESETS[options.preset]
    name, pooling = options.network or preset.network, options.pooling or preset.pooling
    job = PaintJob(
        content=content,
        styles=tuple(zip(styles, options.mix_weights(), strict=True)),
        output=options.output,
        loss_network=f"{name} {pooling} {options.weights or ''}".rstrip(),
        film=options.film,
        every=options.every,
    )
    network = load_vgg(name, options.weights, pooling)
    run(job, options.paint_config(content), network, pick_device(options.device), resume=options.resume)


def read_pictures(paths: list[Path]) -> list[Picture]:
    """The pictures, RGB, white where they are transparent.

    Raises:
        TrainError: one is unreadable or too small.
    """
    pictures = [read_on_white(path) for path in paths]
    for path, picture in zip(paths, pictures, strict=True):
        check_side(path, picture)
    return pictures


def parse_mix(text: str | None, count: int) -> list[float]:
    """2,1 -> [2, 1]; equal weights for None.

    Raises:
        UsageError: not one number for each style, or none above 0.
    """
    if text is None:
        return [1.0] * count
    try:
        weights = [float(part) for part in text.split(",")]
    except ValueError:
        weights = []
    if len(weights) != count or min(weights, default=-1) < 0 or not 0 < sum(weights) < float("inf"):
        raise UsageError(f"--mix {text} does not fit {count} styles; give {count} numbers like 2,1")
    return weights


def check_outputs(options: PaintOptions) -> None:
    """Refuses before any work what would replace or could not write a file.

    Raises:
        UsageError: an output is one of the sources.
        TrainError: an output exists already, or its folder does not.
    """
    output, may_exist = options.output, options.overwrite or options.resume
    if was_interrupted(output) and not may_exist:
        raise TrainError(f"{output} was started already; add --resume to continue, or --overwrite to start again")
    for target in (output, options.film):
        if target is None:
            continue
        if not target.parent.is_dir():
            raise TrainError(f"cannot write {target}: folder {target.parent} does not exist; create it first")
        if target.is_dir():
            raise TrainError(f"cannot write {target}: it is a folder; give a file name")
        if any(target.resolve() == source.resolve() for source in options.pictures):
            raise UsageError(f"cannot write {target}: it is one of the sources; choose another name")
        if target.exists() and not may_exist:
            raise TrainError(f"{target} exists already; choose another name or add --overwrite")
    if options.every is not None:
        check_intermediate(output, options.pictures, may_exist=may_exist)


def check_intermediate(output: Path, sources: list[Path], *, may_exist: bool) -> None:
    """Checks that the pictures of --every replace no other file.

    Raises:
        UsageError: one of them would have the name of a source.
        TrainError: a file of such a name exists already.
    """
    for source in sources:
        place = source.resolve()
        if place.parent == output.parent.resolve() and is_intermediate(place.name, output):
            raise UsageError(f"--every would overwrite the source {source}; choose an --output other than {output}")
    taken = sorted(path for path in output.parent.iterdir() if is_intermediate(path.name, output))
    if taken and not may_exist:
        raise TrainError(f"{taken[0]} exists already, and --every may write it; choose another name or add --overwrite")
