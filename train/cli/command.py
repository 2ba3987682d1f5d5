"""How the command lines of training and export end when something is wrong."""

from __future__ import annotations

import os
import sys
from typing import Any, Final

import typer

# click.UsageError, which newer versions of typer carry inside, under another name.
_UsageError: Final[type[Exception]] = typer.BadParameter.__mro__[1]


def run_command(app: typer.Typer, name: str, *expected: type[Exception]) -> None:
    """Runs the command. An expected error is one line and exit code 1, a wrong command line one and exit code 2;
    NSTCAM_DEBUG=1 shows the traceback of the former, and what FFmpeg says of damaged videos."""
    if not os.environ.get("NSTCAM_DEBUG"):
        os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    try:
        sys.exit(app(standalone_mode=False))
    except _UsageError as error:
        print(f"{name}: {_usage_line(error)}", file=sys.stderr)
        sys.exit(2)
    except expected as error:
        if os.environ.get("NSTCAM_DEBUG"):
            raise
        print(f"{name}: {error}", file=sys.stderr)
        sys.exit(1)


def _usage_line(error: Any) -> str:
    """Its text and where to read on; what the commands' own checks say is complete by itself."""
    if isinstance(error, typer.BadParameter) and error.param is None:
        return error.message
    text = " ".join(error.format_message().split())
    if error.ctx is None:
        return text
    return f"{text}{'' if text.endswith(('.', '?')) else '.'} See {error.ctx.command_path} --help"
