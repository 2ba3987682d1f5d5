"""What a wrong command line is told: one line, like every other error."""

from __future__ import annotations

from typing import Any, Final

import typer

# click.UsageError, which newer versions of typer carry inside, under another name.
UsageError: Final[type[Exception]] = typer.BadParameter.__mro__[1]


def usage_line(error: Any) -> str:
    """The text of a UsageError and where to read on; what nstcam's own checks say is complete by itself."""
    if isinstance(error, typer.BadParameter) and error.param is None:
        return error.message
    text = " ".join(error.format_message().split())
    if error.ctx is None:
        return text
    return f"{text}{'' if text.endswith(('.', '?')) else '.'} See {error.ctx.command_path} --help"
