"""How the command lines of training and export end when something is wrong."""

from __future__ import annotations

import os
import sys

import typer


def run_command(app: typer.Typer, name: str, *expected: type[Exception]) -> None:
    """Runs the command. An expected error is one line and exit code 1; NSTCAM_DEBUG=1 shows its traceback."""
    try:
        app()
    except expected as error:
        if os.environ.get("NSTCAM_DEBUG"):
            raise
        print(f"{name}: {error}", file=sys.stderr)
        sys.exit(1)
