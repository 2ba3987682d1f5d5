"""nst-export: turns a checkpoint into a style that nstcam finds by name."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from nstcam.export.convert.exporter import Export, export_style, write_style
from nstcam.export.convert.foreign import import_state_dict
from nstcam.export.convert.foreign_onnx import wrapped_model
from nstcam.export.convert.strength import CanvasStrength
from nstcam.export.errors import ExportError
from nstcam.media.shown import shown
from nstcam.realtime.errors import NstError
from nstcam.realtime.style_files.contract import INT8_SUFFIX
from nstcam.realtime.style_files.library import user_styles
from nstcam.realtime.style_files.style import BUNDLED_STYLES
from nstcam.train.cli.exit_codes import run_command
from nstcam.train.errors import TrainError, UsageError
from nstcam.train.fit.enough import verdict
from nstcam.train.fit.loop import CHECKPOINT_NAME, SAVE_SECONDS
from nstcam.train.fit.run_folder import RUN_FILE
from nstcam.train.network.checkpoint import Checkpoint, StyleIdentity, check_name, load_checkpoint

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)


# typer makes the command line from the signature: one parameter per option.
@app.command()
def export(
    checkpoint: Annotated[
        Path | None, typer.Argument(help="Checkpoint or run folder. Default: the newest below ./runs.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="File to write. Default: NAME.onnx in your style folder.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the style. Default: the name it was trained under.")] = None,
    title: Annotated[
        str | None,
        typer.Option(help="Title of the painting. Default for this and the next three: as given to nst-train."),
    ] = None,
    artist: Annotated[str | None, typer.Option(help="Who painted it.")] = None,
    year: Annotated[str | None, typer.Option(help="When it was painted.")] = None,
    licence: Annotated[str | None, typer.Option(help="Licence of the style.")] = None,
    precision: Annotated[
        Literal["auto", "float32", "float16", "int8"],
        typer.Option(
            help="auto: float32 and, for preset lite, also int8, which CPUs run several times faster. "
            "float16: a smaller file; GPUs compute in float16 in any case."
        ),
    ] = "auto",
    canvas: Annotated[
        float, typer.Option(min=0, max=1.5, help="Strength of the strokes on even surfaces; 0 leaves them out.")
    ] = 1.0,
    patches: Annotated[
        float,
        typer.Option(
            min=0, max=1.5, help="Strength of the large patches of colour among them; less keeps faces cleaner."
        ),
    ] = 1.0,
    foreign: Annotated[
        Path | None,
        typer.Option(
            "--import",
            metavar="FILE",
            help="Make a style of another program's network: a .pth of the pytorch/examples family, or an .onnx model.",
        ),
    ] = None,
    values: Annotated[
        Literal["auto", "255", "1", "imagenet"],
        typer.Option(help="What the imported network takes and gives for white; imagenet: normalised, .pth only."),
    ] = "auto",
    bgr: Annotated[bool, typer.Option("--bgr", help="The imported network takes and gives blue first.")] = False,
    check: Annotated[
        bool, typer.Option("--check/--no-check", help="Compare the style with the trained network.")
    ] = True,
) -> None:
    """Turn the newest (or the given) checkpoint into a style and install it."""
    start(ExportOptions(**locals()))


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """The command line, with values as typed.

    Raises:
        UsageError: a value that no style can have.
    """

    checkpoint: Path | None
    output: Path | None
    name: str | None
    title: str | None
    artist: str | None
    year: str | None
    licence: str | None
    precision: Literal["auto", "float32", "float16", "int8"]
    canvas: float
    patches: float
    check: bool
    foreign: Path | None = None
    values: Literal["auto", "255", "1", "imagenet"] = "auto"
    bgr: bool = False

    def __post_init__(self) -> None:
        if self.foreign is not None and self.checkpoint is not None:
            raise UsageError(f"--import {self.foreign} takes the place of a checkpoint; leave out {self.checkpoint}")
        if self.foreign is None and (self.values != "auto" or self.bgr):
            raise UsageError("--values and --bgr are for --import FILE")
        if self.name:
            check_name(self.name, UsageError)
        if self.output is not None and self.output.suffix.lower() != ".onnx":
            raise UsageError(f"--output {self.output} must end in .onnx, by which nstcam recognises styles")

    def credited(self, checkpoint: Checkpoint) -> Checkpoint:
        """The checkpoint with the name and credits of the command line, where given."""
        given = {
            "name": self.name or None,
            "title": self.title,
            "artist": self.artist,
            "year": self.year,
            "licence": self.licence,
        }
        changed = {field: value for field, value in given.items() if value is not None}
        return replace(checkpoint, identity=replace(checkpoint.identity, **changed))


def start(options: ExportOptions) -> None:
    """Exports the style, with an 8-bit file beside it where that is of use.

    Raises:
        ExportError, TrainError: there is no checkpoint, or the style cannot be written or proven.
    """
    if options.foreign is not None:
        start_import(options, options.foreign)
        return
    path = options.checkpoint or newest_checkpoint(Path("runs"))
    if path.is_dir():
        path = checkpoint_in(path)
    checkpoint = options.credited(load_checkpoint(path))
    name, precision = checkpoint.identity.name, options.precision
    target = options.output or user_styles() / f"{name}.onnx"
    companion = target.with_name(target.stem + INT8_SUFFIX)
    both = precision == "auto" and checkpoint.network.kind == "lite" and not target.name.endswith(INT8_SUFFIX)
    strength = CanvasStrength(options.canvas, options.patches)
    print(shown(f"{path}, step {checkpoint.step}"))
    if (few := verdict(checkpoint)) is not None:
        print(few, file=sys.stderr)
    first = "float32" if precision == "auto" else precision
    print(shown(describe(export_style(checkpoint, target, first, options.check, strength))))
    earlier = companion.is_file()
    companion.unlink(missing_ok=True)  # however this export ends, CPUs must not run the 8-bit file of an earlier one
    if both:
        try:
            print(shown(describe(export_style(checkpoint, companion, "int8", options.check, strength, preview=False))))
        except ExportError as error:  # the float file is complete and runs everywhere
            print(f"no 8-bit file, so CPUs will run this style in float32: {shown(str(error))}")
    elif earlier:
        print(f"{shown(str(companion))}: removed, because it came from an earlier export")
    if options.output is None and (BUNDLED_STYLES / target.name).is_file():
        print(f"this hides the bundled style {name}; to keep both, delete these files and export with --name ANOTHER")
    print(f"try it: nstcam --style {shown(name if options.output is None else str(target))}")


def start_import(options: ExportOptions, path: Path) -> None:
    """Makes a style of another program's network.

    Raises:
        ExportError: it is none that fits, or the style cannot be written.
        UsageError: a value that such a network cannot have.
    """
    named = options.name or re.sub(r"[^\w.-]+", "-", path.stem).strip("-.") or "imported"
    identity = StyleIdentity(
        named, options.title or "", options.artist or "", options.year or "", options.licence or ""
    )
    target = options.output or user_styles() / f"{named}.onnx"
    if target.exists() and options.output is None and not options.name:
        raise ExportError(f"{target} exists already; choose another name with --name, or this one to replace it")
    if path.suffix.lower() == ".onnx":
        if options.values == "imagenet" or options.precision not in ("auto", "float32"):
            raise UsageError("an ONNX model is taken as it is: --values 255 or 1, --precision float32")
        model = wrapped_model(path, identity, options.values, bgr=options.bgr)
        print(shown(describe(write_style(model.SerializeToString(), target))))
    else:
        checkpoint = import_state_dict(path, identity, options.values, bgr=options.bgr)
        precision = "float32" if options.precision == "auto" else options.precision
        print(shown(describe(export_style(checkpoint, target, precision, options.check))))
    companion = target.with_name(target.stem + INT8_SUFFIX)
    companion.unlink(missing_ok=True)  # CPUs must not run the 8-bit file of an earlier style
    if not options.licence:
        print("its licence is not stated; ask whoever made it, and say so with --licence", file=sys.stderr)
    print(f"try it: nstcam --style {shown(named if options.output is None else str(target))}")


def describe(done: Export) -> str:
    """One line: the file, its precision and size, and how far it is from the trained network."""
    difference = "not checked"
    if done.parity is not None:
        largest, mean = done.parity.largest, done.parity.mean
        difference = f"at most {largest} of 255 levels from the trained network, {mean:.2f} on average"
    return f"{done.path}: {done.precision}, {done.bytes / 1e6:.1f} MB, {difference}"


def checkpoint_in(run: Path) -> Path:
    """The checkpoint of a run folder, which may still be training.

    Raises:
        ExportError: there is none yet.
    """
    path = run / CHECKPOINT_NAME
    if (run / RUN_FILE).is_file() and not path.is_file():
        raise ExportError(
            f"{run} has no checkpoint yet; a training writes one every {SAVE_SECONDS:g} s, so try again soon"
        )
    return path


def newest_checkpoint(runs: Path) -> Path:
    """The checkpoint below `runs` that was written last. Says on stderr if a newer run has no checkpoint yet.

    Raises:
        ExportError: there is none.
    """
    found = sorted(runs.glob(f"*/{CHECKPOINT_NAME}"), key=_written)
    if not found:
        raise ExportError(f"no checkpoint below {runs.resolve()}; train one with nst-train, or name a checkpoint")
    begun = sorted(runs.glob(f"*/{RUN_FILE}"), key=_written)
    if begun and _written(begun[-1]) > _written(found[-1]) and not (begun[-1].parent / CHECKPOINT_NAME).is_file():
        newer = shown(str(begun[-1].parent))
        print(f"{newer} is newer but has no checkpoint yet; exporting the run before it", file=sys.stderr)
    return found[-1]


def _written(path: Path) -> float:
    return path.stat().st_mtime


def main() -> None:
    run_command(app, "nst-export", ExportError, TrainError, NstError)


if __name__ == "__main__":
    main()
