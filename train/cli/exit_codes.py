"""How the commands of train and export end when something is wrong: one line, and exit code 1 or 2."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any, Final

import typer

from nstcam.media.shown import shown
from nstcam.train.errors import UsageError
from nstcam.train.progress_bar import AboveTheBar

# click.UsageError. Newer versions of typer bundle click under another name, so it cannot be imported by its own.
_ClickUsageError: Final[type[Exception]] = typer.BadParameter.__mro__[1]


def run_command(app: typer.Typer, name: str, *expected: type[Exception]) -> None:
    """Runs the command and exits: with 2 for a wrong command line, 1 for an expected error such as a missing file.

    What is printed, log lines as well, has no control characters of file names in it.

    NSTCAM_DEBUG=1 shows the traceback of an expected error, and FFmpeg's messages about damaged videos.
    """
    logging.basicConfig(level=logging.WARNING, handlers=[AboveTheBar()])
    if not os.environ.get("NSTCAM_DEBUG"):
        os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    try:
        sys.exit(app(standalone_mode=False))
    except _ClickUsageError as error:
        print(f"{name}: {shown(_usage_line(error))}", file=sys.stderr)
        sys.exit(2)
    except expected as error:
        if os.environ.get("NSTCAM_DEBUG"):
            raise
        print(f"{name}: {shown(str(error))}", file=sys.stderr)
        sys.exit(2 if isinstance(error, UsageError) else 1)


def _usage_line(error: Any) -> str:
    """The error's text and a pointer to --help."""
    text = " ".join(error.format_message().split())
    if error.ctx is None:
        return text
    return f"{text}{'' if text.endswith(('.', '?')) else '.'} See {error.ctx.command_path} --help"
