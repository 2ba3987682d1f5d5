"""nst-export: turns a checkpoint into a style that nstcam finds by name."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from export.errors import ExportError
from export.exporter import export_style
from realtime.errors import NstError
from realtime.style import user_styles
from train.checkpoint import load_checkpoint
from train.errors import TrainError
from train.fit import CHECKPOINT_NAME

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def export(
    checkpoint: Annotated[
        Path | None, typer.Argument(help="Checkpoint or run folder. Default: the newest below ./runs.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="File to write. Default: NAME.onnx in your style folder.")] = None,
    name: Annotated[str | None, typer.Option(help="Another name than the one it was trained under.")] = None,
    precision: Annotated[
        Literal["float32", "float16"], typer.Option(help="float16 halves the file and is faster on GPUs.")
    ] = "float32",
    check: Annotated[bool, typer.Option("--check/--no-check", help="Compare the style with the network.")] = True,
) -> None:
    """Turn the newest (or the given) checkpoint into a style and install it."""
    path = checkpoint or newest_checkpoint(Path("runs"))
    if path.is_dir():
        path /= CHECKPOINT_NAME
    loaded = load_checkpoint(path)
    if name:
        loaded = replace(loaded, identity=replace(loaded.identity, name=name))
    style_name = loaded.identity.name
    target = output or user_styles() / f"{style_name}.onnx"
    if target.suffix.lower() != ".onnx":
        raise ExportError(f"--output {target} does not end in .onnx; nstcam knows styles by that")
    done = export_style(loaded, target, precision, check)
    difference = "not checked"
    if done.parity is not None:
        difference = f"at most {done.parity.largest} of 255 levels from the trained network"
    print(f"{done.path}: {path}, step {loaded.step}, {precision}, {done.bytes / 1e6:.1f} MB, {difference}")
    print(f"try it: nstcam --style {style_name if output is None else target}")


def newest_checkpoint(runs: Path) -> Path:
    """The checkpoint below `runs` that was written last.

    Raises:
        ExportError: there is none.
    """
    found = sorted(runs.glob(f"*/{CHECKPOINT_NAME}"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise ExportError(f"no checkpoint below {runs.resolve()}; train one with nst-train, or name a checkpoint")
    return found[-1]


def main() -> None:
    try:
        app()
    except (ExportError, TrainError, NstError) as error:
        if os.environ.get("NSTCAM_DEBUG"):
            raise
        print(f"nst-export: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
