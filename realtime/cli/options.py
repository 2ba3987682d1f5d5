"""Options that several commands share, and reading their values."""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer

from nstcam.realtime.engine.cores import usable_cores

DEFAULT_STYLE: Final = "starry"

DeviceOption = Annotated[
    str, typer.Option(help="auto, cpu, cuda, tensorrt, tensorrt-rtx, directml, coreml, openvino, migraphx or rocm.")
]


def at_most_cores(threads: int | None) -> int | None:
    """With a line where fewer are taken: twice as many threads as cores made frames 2.6 times as slow."""
    cores = usable_cores()
    if threads is None or threads <= cores:
        return threads
    print(f"nstcam: --threads {threads}: {cores} are used, one a core; more would be slower", file=sys.stderr)
    return cores


ThreadsOption = Annotated[
    int | None,
    typer.Option(min=1, callback=at_most_cores, help="CPU threads of the network. Default, and most: all cores."),
]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace existing outputs.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print a report for programs.")]


def parse_size(text: str) -> tuple[int, int]:
    """WIDTHxHEIGHT -> (width, height)."""
    from nstcam.realtime.live.work_size import size_of

    size_wh = size_of(text)
    if size_wh is None:
        raise typer.BadParameter(f"{text} is not a size; write WIDTHxHEIGHT of at least 32x32, like 640x480")
    return size_wh
