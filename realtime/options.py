"""Options that several commands share, and reading their values."""

from __future__ import annotations

from typing import Annotated, Final

import typer

DEFAULT_STYLE: Final = "starry"

DeviceOption = Annotated[
    str, typer.Option(help="auto, cpu, cuda, tensorrt, tensorrt-rtx, directml, coreml, openvino, migraphx or rocm.")
]
ThreadsOption = Annotated[int | None, typer.Option(min=1, help="CPU threads of the network. Default: all cores.")]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace existing outputs.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print a report for programs.")]


def parse_size(text: str) -> tuple[int, int]:
    """WIDTHxHEIGHT -> (width, height)."""
    from realtime.sizes import size_of

    size_wh = size_of(text)
    if size_wh is None:
        raise typer.BadParameter(f"{text} is not a size; write WIDTHxHEIGHT of at least 32x32, like 640x480")
    return size_wh
