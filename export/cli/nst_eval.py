"""nst-eval: how near a style comes to its painting, and how steady it is, in figures."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from nstcam.export.convert.exporter import export_style
from nstcam.export.errors import ExportError
from nstcam.export.evaluate.closeness import Measures, Yardstick
from nstcam.export.evaluate.contents import check_size, pictures_of
from nstcam.export.evaluate.recipe import Recipe
from nstcam.export.evaluate.references import References, complete_references
from nstcam.export.evaluate.report import table, write_json, write_sheet
from nstcam.export.evaluate.trials import measure_steadiness, read_clips
from nstcam.realtime.effects.steady import DEFAULT
from nstcam.realtime.engine.style import find_style, read_style
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import NstError
from nstcam.realtime.picture.file import SUFFIXES
from nstcam.train.cli.command import run_command
from nstcam.train.errors import TrainError
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.fit.run import RUN_FILE
from nstcam.train.loss.vgg import load_vgg
from nstcam.train.network.checkpoint import load_checkpoint

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

PHOTOS_FOR_STEADINESS: Final = 2


@app.command()
def evaluate(
    style: Annotated[
        str, typer.Argument(metavar="CHECKPOINT|STYLE", help="Checkpoint, run folder, style file or name.")
    ],
    painting: Annotated[
        Path | None, typer.Option("--style", metavar="PAINTING", help="The picture it was trained on: adds its errors.")
    ] = None,
    content: Annotated[Path | None, typer.Option(help="Folder of photographs. Default: the bundled ones.")] = None,
    pictures: Annotated[int, typer.Option(min=1, help="At most so many photographs of the folder.")] = 12,
    size: Annotated[
        list[str] | None, typer.Option(help="Shorter side or WIDTHxHEIGHT; repeatable. Default: 256.")
    ] = None,
    references: Annotated[
        Path | None,
        typer.Option(help="JSON of L-BFGS references, adds rho; missing ones are made and kept there, minutes each."),
    ] = None,
    clips: Annotated[Path | None, typer.Option(help="Folder of video clips: adds warp errors.")] = None,
    steady: Annotated[float, typer.Option(min=0, max=1, help="Steadiness in the last column.")] = DEFAULT,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
    sheet: Annotated[Path | None, typer.Option(help="Write a picture of difficult frames, painted.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace files that are there.")] = False,
) -> None:
    """Measure one style; docs/quality.md says what the figures mean."""
    photos = pictures_of(content, pictures)
    sizes = [check_size(s) for s in size or ["256"]]
    moving = read_clips(clips) if clips else {}
    if painting is not None and not painting.is_file():
        raise ExportError(f"--style {painting} not found; give the painting as a picture file")
    if references is not None and painting is None:
        raise ExportError("--references needs --style PAINTING, which they are references of")
    for target, suffixes in ((json_file, {".json"}), (sheet, SUFFIXES)):
        if target is not None:
            check_target(target, suffixes, overwrite=overwrite)
    with opened(style) as (stylizer, recipe):
        print(f"{stylizer.style.name} ({stylizer.style.label}), {stylizer.path.name} on {stylizer.device}")
        loss_network = load_vgg()
        known: References = {}
        if painting is not None:
            print(f"against {painting.name} at {recipe.style_size} px, S = {recipe.style_strength:g}", flush=True)
        if painting is not None and references is not None:
            known = complete_references(references, painting, photos, sizes, recipe, loss_network)
        yardstick = Yardstick(loss_network, painting, recipe, known)
        same: Measures = {}
        plain: Measures = {}
        for each in sizes:
            same |= yardstick.measure(lambda frame: frame, photos, each)
            plain |= yardstick.measure(stylizer.stylize, photos, each)
        still = photos[:PHOTOS_FOR_STEADINESS]
        steadiness = measure_steadiness(stylizer.stylize, still, moving, steady)
        same |= measure_steadiness(lambda frame, _: frame, still, moving, 0).painted
        columns = {
            "input": same,
            "painted": plain | steadiness.painted,
            "following": steadiness.following,
            f"--steady {steady:g}": steadiness.steady,
        }
        print(table(columns))
        if json_file:
            write_json(json_file, {"style": stylizer.style.name, "file": stylizer.path.name, "figures": columns})
        if sheet:
            write_sheet(sheet, {stylizer.style.name: stylizer.stylize})


@contextmanager
def opened(name_or_path: str) -> Iterator[tuple[Stylizer, Recipe]]:
    """A style ready to paint, and what it was trained for. A checkpoint is exported first, unchecked, in float32.

    Raises:
        StyleError, TrainError, ExportError: it is neither a style nor a checkpoint.
    """
    path = Path(name_or_path)
    if any((path / name).is_file() for name in (CHECKPOINT_NAME, RUN_FILE)):  # no other folder: it may be called starry
        path /= CHECKPOINT_NAME
    with tempfile.TemporaryDirectory() as folder:
        if path.suffix == ".pt":
            checkpoint = load_checkpoint(path)
            recipe = Recipe.of(checkpoint.training)
            exported = export_style(checkpoint, Path(folder) / f"{checkpoint.identity.name}.onnx", check=False)
            style = read_style(exported.path)
        else:
            style = find_style(name_or_path)
            recipe = Recipe.of_style(style.path)
        stylizer = Stylizer(style)
        try:
            yield stylizer, recipe
        finally:
            stylizer.close()


def check_target(target: Path, suffixes: Collection[str], *, overwrite: bool) -> None:
    """Raises ExportError for what can be refused before minutes of work."""
    if target.suffix.lower() not in suffixes:
        raise ExportError(f"cannot write {target}: its name must end in one of {', '.join(sorted(suffixes))}")
    if not target.parent.is_dir():
        raise ExportError(f"cannot write {target}: there is no folder {target.parent}; create it first")
    if target.exists() and not overwrite:
        raise ExportError(f"{target} exists already; choose another name or add --overwrite")


def main() -> None:
    run_command(app, "nst-eval", ExportError, TrainError, NstError)


if __name__ == "__main__":
    main()
