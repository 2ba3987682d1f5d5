"""What nstcam video can do with standard input and output, and the options that are for them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from nstcam.media.shown import is_address

if TYPE_CHECKING:
    from nstcam.realtime.video.painting import VideoSettings


def check_pipes(
    paths: Sequence[Path],
    settings: VideoSettings,
    kind: str | None,
    *,
    as_json: bool,
    needing_files: Mapping[str, object],
) -> None:
    """Raises typer.BadParameter for what standard input and output cannot do, and their options where neither is.

    Args:
        paths: IN and OUT, or only inputs.
        kind: the value of --pipe.
        needing_files: by name, the values of options that need files.
    """
    from nstcam.realtime.video.encoding.pipe_writer import KINDS
    from nstcam.realtime.video.reading.pipes import PIPE, known_pixels

    reads, writes = PIPE in paths[:1], PIPE in paths[1:2]
    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(f"--pipe {kind} is unknown; choose one of {', '.join(KINDS)}")
    try:
        if settings.pixels is not None:
            known_pixels(settings.pixels)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if settings.size is not None and not (reads and settings.pixels and settings.fps):
        raise typer.BadParameter(
            "--size is for raw pixels on standard input: nstcam video - OUT --size --pixel-format --fps"
        )
    if reads and settings.fps is not None and settings.size is None:
        raise typer.BadParameter("--fps is for raw pixels on standard input; give --size and --pixel-format, too")
    if (kind and not writes) or (settings.pixels and not (reads or writes)):
        raise typer.BadParameter("--pipe and --pixel-format are for standard input and output, like nstcam video IN -")
    if settings.url is not None and (not reads or settings.size or not is_address(settings.url)):
        raise typer.BadParameter("--url takes an address, which - stands for: nstcam video - OUT --url URL --to 60")
    if not (reads or writes or PIPE in paths):
        return
    for name, value in needing_files.items():
        if value:
            raise typer.BadParameter(f"{name} needs files; standard input and output (-) are read and written once")
    if len(paths) != 2:
        raise typer.BadParameter("give IN and OUT; - stands for standard input or output")
    if writes and as_json:
        raise typer.BadParameter("--json would be written into the video on standard output; leave it out")
    reads_terminal = reads and settings.url is None and sys.stdin.isatty()
    if reads_terminal or (writes and sys.stdout.isatty()):
        raise typer.BadParameter("- is the terminal here; pipe a video in or out, or give the name of a file")
