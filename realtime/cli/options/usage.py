"""Wrong command lines: one line for the user, like every other error, and exit code 2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import typer

from nstcam.realtime.errors import NstError

UsageError: Final[type[Exception]] = typer.BadParameter.__mro__[1]
"""click.UsageError, which newer versions of typer carry inside, under another name."""


def usage_line(error: Any) -> str:
    """The text of a UsageError, with a pointer to --help unless it comes from a check of ours, which is complete."""
    if isinstance(error, typer.BadParameter) and error.param is None:
        return error.message
    text = " ".join(error.format_message().split())
    if error.ctx is None:
        return text
    return f"{text}{'' if text.endswith(('.', '?')) else '.'} See {error.ctx.command_path} --help"


@contextmanager
def as_usage_error() -> Iterator[None]:
    """Makes a wrong command line of what the library refuses; for checks that look at no file and no device."""
    try:
        yield
    except NstError as error:
        raise typer.BadParameter(str(error)) from error
