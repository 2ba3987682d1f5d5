"""Options that several commands share, and the checks of their values."""

from __future__ import annotations

import math
import sys
from typing import Annotated, Any, Final

import typer

from nstcam.realtime.cli.options import complete
from nstcam.realtime.engine.cores import usable_cores


def known_device(name: str) -> str:
    """Refuses a name that no device has; whether the device works here shows when a style is opened on it."""
    if name not in complete.DEVICES:
        raise typer.BadParameter(f"{name} is unknown; choose one of {', '.join(complete.DEVICES)}")
    return name


DeviceOption = Annotated[
    str,
    typer.Option(
        autocompletion=complete.devices,
        callback=known_device,
        help="auto, cpu, cuda, tensorrt, tensorrt-rtx, directml, coreml, openvino, migraphx, rocm or webgpu.",
    ),
]


def finite(value: float | None) -> float | None:
    """Refuses nan, which typer takes for a number between any minimum and maximum."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is not a finite number")
    return value


def at_most_cores(threads: int | None) -> int | None:
    """Takes no more threads than cores, and says so: twice as many threads as cores made frames 2.6 times as slow."""
    cores = usable_cores()
    if threads is None or threads <= cores:
        return threads
    print(f"nstcam: --threads {threads}: using {cores}, one per core; more would be slower", file=sys.stderr)
    return cores


ThreadsOption = Annotated[
    int | None,
    typer.Option(min=1, callback=at_most_cores, help="CPU threads for the network. Default and maximum: one per core."),
]
STROKE_SCALE: Final[Any] = typer.Option(
    min=0.1, max=10, callback=finite,  # strokes.SMALLEST and LARGEST, whose module loads OpenCV
    help="How broad strokes are, relative to the picture: 2 is twice as broad as by default, and faster.",
)  # fmt: skip
StrokeScaleOption = Annotated[float, STROKE_SCALE]
SteadyOption = Annotated[
    float | None,
    typer.Option(
        min=0, max=1, callback=finite, help="How steady still parts of the picture are; 0 is off. Default: 0.8."
    ),
]
FOLLOW: Final[Any] = typer.Option(
    "--follow/--no-follow", help="Strokes follow the scene when the camera moves, or stay in place."
)
ClusterOption = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS|local",
        help="Share the work out to a Ray cluster: its address, auto, or local for processes of this machine.",
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(min=1, max=10_000, help="Workers of --cluster. Default: one per GPU, or per two cores."),
]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")]
LearnOption = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        min=1,
        max=3600,
        callback=finite,
        help="Learn a picture that is the style first, for so long; needs pip install 'nstcam[train]'.",
    ),
]
OnlyOption = Annotated[
    list[str] | None,
    typer.Option(autocompletion=complete.styles, help="No other styles than this; repeat it for several."),
]
BrowserOption = Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]


def parse_size(text: str) -> tuple[int, int]:
    """WIDTHxHEIGHT -> (width, height)."""
    from nstcam.realtime.frame import size_of

    size_wh = size_of(text)
    if size_wh is None:
        raise typer.BadParameter(f"{text} is not a size; write WIDTHxHEIGHT of at least 32x32, like 640x480")
    return size_wh
