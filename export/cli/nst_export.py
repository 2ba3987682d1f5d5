"""nst-export: turns a checkpoint into a style that nstcam finds by name."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from nstcam.export.convert.exporter import Export, export_style
from nstcam.export.convert.strength import CanvasStrength
from nstcam.export.errors import ExportError
from nstcam.realtime.engine.style import BUNDLED_STYLES, INT8_SUFFIX, user_styles
from nstcam.realtime.errors import NstError
from nstcam.train.cli.command import run_command
from nstcam.train.errors import TrainError
from nstcam.train.fit.loop import CHECKPOINT_NAME, SAVE_SECONDS
from nstcam.train.fit.run import RUN_FILE
from nstcam.train.network.checkpoint import load_checkpoint

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def export(
    checkpoint: Annotated[
        Path | None, typer.Argument(help="Checkpoint or run folder. Default: the newest below ./runs.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="File to write. Default: NAME.onnx in your style folder.")] = None,
    name: Annotated[str | None, typer.Option(help="Another name than the one it was trained under.")] = None,
    title: Annotated[
        str | None,
        typer.Option(help="Title of the painting. It and the next three default to what nst-train was told."),
    ] = None,
    artist: Annotated[str | None, typer.Option()] = None,
    year: Annotated[str | None, typer.Option()] = None,
    licence: Annotated[str | None, typer.Option()] = None,
    precision: Annotated[
        Literal["auto", "float32", "float16", "int8"],
        typer.Option(
            help="auto: float32, and for preset lite also int8 beside it, which CPUs run several times faster. "
            "float16 is a smaller file; GPUs compute in float16 in any case."
        ),
    ] = "auto",
    canvas: Annotated[
        float, typer.Option(min=0, max=1.5, help="Strength of the strokes on even ground; 0 none.")
    ] = 1.0,
    patches: Annotated[
        float,
        typer.Option(
            min=0, max=1.5, help="Strength of the large patches of colour among them; less leaves faces cleaner."
        ),
    ] = 1.0,
    check: Annotated[bool, typer.Option("--check/--no-check", help="Compare the style with the network.")] = True,
) -> None:
    """Turn the newest (or the given) checkpoint into a style and install it."""
    path = checkpoint or newest_checkpoint(Path("runs"))
    if path.is_dir():
        path = checkpoint_in(path)
    loaded = load_checkpoint(path)
    given = {"name": name or None, "title": title, "artist": artist, "year": year, "licence": licence}
    changed = {field: value for field, value in given.items() if value is not None}
    loaded = replace(loaded, identity=replace(loaded.identity, **changed))
    style_name = loaded.identity.name
    target = output or user_styles() / f"{style_name}.onnx"
    if target.suffix.lower() != ".onnx":
        raise ExportError(f"--output {target} does not end in .onnx; nstcam knows styles by that")
    companion = target.with_name(target.stem + INT8_SUFFIX)
    both = precision == "auto" and loaded.network.kind == "lite" and not target.name.endswith(INT8_SUFFIX)
    strength = CanvasStrength(canvas, patches)
    print(f"{path}, step {loaded.step}")
    done = export_style(loaded, target, "float32" if precision == "auto" else precision, check, strength)
    print(describe(done))
    earlier = companion.is_file()
    companion.unlink(missing_ok=True)  # CPUs would take the 8 bits of an earlier export, however this one ends
    if both:
        try:
            print(describe(export_style(loaded, companion, "int8", check, strength)))
        except ExportError as error:  # the float file is complete and runs everywhere
            print(f"without 8-bit file, CPUs will run this style in float32: {error}")
    elif earlier:
        print(f"{companion}: removed, it was of an earlier export")
    if output is None and (BUNDLED_STYLES / target.name).is_file():
        print(f"it hides the bundled style {style_name}; for both, delete these files and export with --name ANOTHER")
    print(f"try it: nstcam --style {style_name if output is None else target}")


def describe(done: Export) -> str:
    difference = "not checked"
    if done.parity is not None:
        largest, mean = done.parity.largest, done.parity.mean
        difference = f"at most {largest} of 255 levels from the trained network, {mean:.2f} on average"
    return f"{done.path}: {done.precision}, {done.bytes / 1e6:.1f} MB, {difference}"


def checkpoint_in(run: Path) -> Path:
    """Of a run folder, also while it trains.

    Raises:
        ExportError: it has none yet.
    """
    path = run / CHECKPOINT_NAME
    if (run / RUN_FILE).is_file() and not path.is_file():
        raise ExportError(f"{run} has no checkpoint yet; a training writes one every {SAVE_SECONDS:g} s")
    return path


def newest_checkpoint(runs: Path) -> Path:
    """The checkpoint below `runs` that was written last; says so where a training was begun since.

    Raises:
        ExportError: there is none.
    """
    found = sorted(runs.glob(f"*/{CHECKPOINT_NAME}"), key=_written)
    if not found:
        raise ExportError(f"no checkpoint below {runs.resolve()}; train one with nst-train, or name a checkpoint")
    begun = sorted(runs.glob(f"*/{RUN_FILE}"), key=_written)
    if begun and _written(begun[-1]) > _written(found[-1]) and not (begun[-1].parent / CHECKPOINT_NAME).is_file():
        print(f"{begun[-1].parent} is newer and has no checkpoint yet; this is the one before", file=sys.stderr)
    return found[-1]


def _written(path: Path) -> float:
    return path.stat().st_mtime


def main() -> None:
    run_command(app, "nst-export", ExportError, TrainError, NstError)


if __name__ == "__main__":
    main()
