"""nst-eval: measures how closely a style matches its painting, and how steady it is."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from nstcam.export.convert.exporter import export_style
from nstcam.export.errors import ExportError
from nstcam.export.evaluate.appearance import Measures
from nstcam.export.evaluate.closeness import ClosenessMeter
from nstcam.export.evaluate.loss_settings import LossSettings
from nstcam.export.evaluate.photographs import check_size, pictures_of
from nstcam.export.evaluate.references import References, complete_references
from nstcam.export.evaluate.report import table, write_json, write_sheet
from nstcam.export.evaluate.steadiness_trials import measure_steadiness, read_clips, trial_count
from nstcam.media.shown import shown
from nstcam.realtime.effects.steady import DEFAULT
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import NstError
from nstcam.realtime.picture.file import SUFFIXES
from nstcam.realtime.style_files.library import find_style
from nstcam.realtime.style_files.style import read_style
from nstcam.train.cli.exit_codes import run_command
from nstcam.train.cli.options import Threads
from nstcam.train.console import use_threads
from nstcam.train.errors import TrainError, UsageError
from nstcam.train.fit.enough import verdict
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.fit.run_folder import RUN_FILE
from nstcam.train.loss.vgg import load_vgg
from nstcam.train.network.checkpoint import load_checkpoint
from nstcam.train.progress_bar import reporting

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)

DEFAULT_SIZE: Final = "256"
PHOTOS_FOR_STEADINESS: Final = 2
"""Photographs that steadiness is measured on: it takes many frames of each."""


# typer makes the command line from the signature: one parameter per option.
@app.command()
def evaluate(
    style: Annotated[
        str, typer.Argument(metavar="CHECKPOINT|STYLE", help="Checkpoint, run folder, style file or style name.")
    ],
    painting: Annotated[
        Path | None,
        typer.Option("--style", metavar="PAINTING", help="The picture it was trained on: adds style errors."),
    ] = None,
    content: Annotated[Path | None, typer.Option(help="Folder of photographs. Default: the bundled ones.")] = None,
    pictures: Annotated[int, typer.Option(min=1, help="Use at most so many photographs of the folder.")] = 12,
    size: Annotated[
        list[str] | None, typer.Option(help=f"Shorter side or WIDTHxHEIGHT; repeatable. Default: {DEFAULT_SIZE}.")
    ] = None,
    references: Annotated[
        Path | None,
        typer.Option(
            help="JSON file of L-BFGS references: adds rho. Missing ones are computed, minutes each, and added."
        ),
    ] = None,
    clips: Annotated[Path | None, typer.Option(help="Folder of video clips: adds warp errors.")] = None,
    steady: Annotated[float, typer.Option(min=0, max=1, help="Steadiness of the last column.")] = DEFAULT,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
    sheet: Annotated[Path | None, typer.Option(help="Write a picture of painted difficult frames.")] = None,
    threads: Threads = None,
    overwrite: Annotated[bool, typer.Option(help="Replace existing files.")] = False,
) -> None:
    """Measure a style; docs/quality.md explains the figures."""
    start(EvalOptions(**locals()))


@dataclass(frozen=True, kw_only=True)
class EvalOptions:
    """The command line, with values as typed.

    Raises:
        UsageError: options that contradict each other, or a size or file name that cannot be used.
    """

    style: str
    painting: Path | None
    content: Path | None
    pictures: int
    size: list[str] | None
    references: Path | None
    clips: Path | None
    steady: float
    json_file: Path | None
    sheet: Path | None
    threads: int | None
    overwrite: bool

    def __post_init__(self) -> None:
        for size in self.sizes:
            check_size(size)
        if self.references is not None and self.painting is None:
            raise UsageError("--references needs --style PAINTING, the picture that the references are for")
        for target, suffixes in self.targets:
            check_suffix(target, suffixes)

    @property
    def sizes(self) -> list[str]:
        return self.size or [DEFAULT_SIZE]

    @property
    def targets(self) -> list[tuple[Path, Collection[str]]]:
        """The files to write, and the suffixes that each may have."""
        asked: list[tuple[Path | None, Collection[str]]] = [(self.json_file, {".json"}), (self.sheet, SUFFIXES)]
        return [(target, suffixes) for target, suffixes in asked if target is not None]


def start(options: EvalOptions) -> None:
    """Measures the style, prints a table and writes the files that were asked for.

    Raises:
        ExportError, TrainError, NstError: something cannot be read or written.
    """
    use_threads(options.threads)
    photos = pictures_of(options.content, options.pictures)
    moving = read_clips(options.clips) if options.clips else {}
    painting = options.painting
    if painting is not None and not painting.is_file():
        raise ExportError(f"--style {painting} not found; give the painting as a picture file")
    for target, suffixes in options.targets:
        check_target(target, suffixes, overwrite=options.overwrite)
    with opened(options.style, options.threads) as (stylizer, settings):
        style_file = shown(f"{stylizer.style.name} ({stylizer.style.label}), {stylizer.path.name}")
        print(f"{style_file} on {stylizer.device}")
        loss_network = load_vgg()
        known: References = {}
        if painting is not None:
            print(
                f"against {shown(painting.name)} at {settings.style_size} px, S = {settings.style_strength:g}",
                flush=True,
            )
        if painting is not None and options.references is not None:
            known = complete_references(options.references, painting, photos, options.sizes, settings, loss_network)
        meter = ClosenessMeter(loss_network, painting, settings, known)
        same: Measures = {}
        plain: Measures = {}
        optimised: Measures = {}
        still = photos[:PHOTOS_FOR_STEADINESS]
        total = 2 * (len(options.sizes) * len(photos) + trial_count(len(still), len(moving)))
        with progress(stylizer.style.name, total) as advance:
            for size in options.sizes:
                same |= meter.measure(lambda frame: frame, photos, size, advance)
                plain |= meter.measure(stylizer.stylize, photos, size, advance)
                optimised |= meter.optimised(photos, size)
            steadiness = measure_steadiness(stylizer.stylize, still, moving, options.steady, advance=advance)
            same |= measure_steadiness(lambda frame, _: frame, still, moving, 0, advance=advance).painted
        columns = {
            "input": same,
            "painted": plain | steadiness.painted,
            "following": steadiness.following,
            f"--steady {options.steady:g}": steadiness.steady,
        }
        if optimised:
            columns["L-BFGS"] = optimised
        print(table(columns))
        if options.json_file:
            content = {"style": stylizer.style.name, "file": stylizer.path.name, "figures": columns}
            write_json(options.json_file, content)
        if options.sheet:
            write_sheet(options.sheet, {stylizer.style.name: stylizer.stylize})


@contextmanager
def progress(name: str, total: int) -> Iterator[Callable[[], None]]:
    """Yields a function to call after each of `total` measurements; they are shown on stderr."""
    done = 0
    with reporting(name, total) as reporter:

        def advance() -> None:
            nonlocal done
            done += 1
            reporter.update(done, f"measurement {done} of {total}")

        yield advance


@contextmanager
def opened(name_or_path: str, threads: int | None = None) -> Iterator[tuple[Stylizer, LossSettings]]:
    """A style ready to paint, and what its loss depends on. A checkpoint is first exported in float32, without a check.

    Raises:
        StyleError, TrainError, ExportError: it is neither a style nor a checkpoint.
    """
    path = Path(name_or_path)
    # Only a run folder is one: any other may just be called like a style.
    if any((path / name).is_file() for name in (CHECKPOINT_NAME, RUN_FILE)):
        path /= CHECKPOINT_NAME
    with tempfile.TemporaryDirectory() as folder:
        if path.suffix == ".pt":
            checkpoint = load_checkpoint(path)
            settings = LossSettings.of(checkpoint.training)
            if (few := verdict(checkpoint)) is not None:
                print(few, file=sys.stderr)
            exported = export_style(checkpoint, Path(folder) / f"{checkpoint.identity.name}.onnx", check=False)
            style = read_style(exported.path)
        else:
            style = find_style(name_or_path)
            settings = LossSettings.of_style(style.path)
        stylizer = Stylizer(style, threads=threads)
        try:
            yield stylizer, settings
        finally:
            stylizer.close()


def check_suffix(target: Path, suffixes: Collection[str]) -> None:
    """Raises UsageError if the file's name does not end in one of the suffixes."""
    if target.suffix.lower() not in suffixes:
        raise UsageError(f"cannot write {target}: its name must end in one of {', '.join(sorted(suffixes))}")


def check_target(target: Path, suffixes: Collection[str], *, overwrite: bool) -> None:
    """Refuses before minutes of work what could not be written at their end.

    Raises:
        UsageError: the name does not end in one of the suffixes.
        ExportError: the folder is missing, or the file exists and must not be replaced.
    """
    check_suffix(target, suffixes)
    if not target.parent.is_dir():
        raise ExportError(f"cannot write {target}: folder {target.parent} does not exist; create it first")
    if target.exists() and not overwrite:
        raise ExportError(f"{target} exists already; choose another name or add --overwrite")


def main() -> None:
    run_command(app, "nst-eval", ExportError, TrainError, NstError)


if __name__ == "__main__":
    main()
