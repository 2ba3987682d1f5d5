"""The command lines of nstcam video and nstcam image as values, and their option types."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from nstcam.realtime.cli.options.common import finite
from nstcam.realtime.cli.options.scene import Behind

if TYPE_CHECKING:
    from nstcam.realtime.video.painting import VideoSettings


PathsArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="IN... [OUT]",
        help="IN OUT; with --output-dir, any number of files and folders.",
        readable=False,  # otherwise one unreadable file makes typer refuse them all
    ),
]
OutputDirOption = Annotated[
    Path | None,
    typer.Option("--output-dir", "-o", help="Write one output per input to this folder; made if missing."),
]
StrengthOption = Annotated[float, typer.Option(min=0, max=1, callback=finite, help="1 is the style, 0 the original.")]
KeepColorsOption = Annotated[
    bool, typer.Option("--keep-colors", help="Keep the original colours; take only the brightness from the style.")
]
BrightenOption = Annotated[
    bool, typer.Option("--brighten/--no-brighten", help="Paint what is dark as if there were more light, or as it is.")
]

ALL_STYLES: Final = "all"
"""The value of --style with which nstcam image makes a sheet of all styles."""


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """The options that nstcam video and nstcam image share.

    Attributes:
        paths: the inputs; without `output_dir`, one input and one output.
        device: name of the device, as `--device` takes it.
        threads: CPU threads of the network; None: all cores.
        learn: seconds for which pictures that are styles are learnt first; None: not at all.
        resume: continue interrupted runs and skip finished files.
        cluster: the address of a Ray cluster; None: paint here.
        workers: how many of its workers to use; None: all.
    """

    paths: tuple[Path, ...]
    output_dir: Path | None
    device: str
    threads: int | None
    overwrite: bool
    as_json: bool
    learn: float | None = None
    resume: bool = False
    cluster: str | None = None
    workers: int | None = None

    @property
    def target(self) -> Path | None:
        """The one output; None if `output_dir` takes them."""
        return self.paths[-1] if self.output_dir is None else None


@dataclass(frozen=True, kw_only=True)
class VideoOptions(FileOptions):
    """A command line of nstcam video.

    Attributes:
        styles: (seconds, name), the seconds strictly rising.
        fade: seconds of cross-fade between styles.
        settings: as asked for; `styles` and `follow` are settled when the styles have been opened.
        preview: number of frames of a contact sheet; None: convert the video.
        paint, behind: see cli/options/scene.py.
        part: (I, N), the I-th of N parts; None: the whole video.
        max_size: bytes that an animation may have; None: any number.
        pipe: one of pipes.KINDS, if the output is standard output; None: the usual one.
    """

    styles: tuple[tuple[float, str], ...]
    fade: float
    settings: VideoSettings
    preview: int | None
    paint: str
    behind: Behind
    part: tuple[int, int] | None
    max_size: int | None
    pipe: str | None


@dataclass(frozen=True, kw_only=True)
class ImageOptions(FileOptions):
    """A command line of nstcam image; `strength` is 0 (the original) to 1 (the style), `stroke_scale` 0.1 to 10.

    Attributes:
        paint, behind: see cli/options/scene.py.
    """

    style: str
    strength: float
    keep_colors: bool
    brighten: bool
    stroke_scale: float
    paint: str
    behind: Behind
