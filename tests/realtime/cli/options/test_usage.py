"""Tests the one line that a wrong command line gets."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import typer

from nstcam.realtime.cli.options.usage import UsageError, as_usage_error, usage_line
from nstcam.realtime.errors import SourceError


@pytest.mark.parametrize(
    ("text", "end"),
    [("No such option", ". See nstcam x --help"), ("It is.", " See nstcam x --help"), ("Why?", " See nstcam x --help")],
)
def test_help_is_pointed_at_unless_the_line_is_ours(text: str, end: str) -> None:
    error: Any = UsageError(text)
    assert usage_line(error) == text, "no command is known"
    error.ctx = SimpleNamespace(command_path="nstcam x")
    assert usage_line(error) == text + end
    ours: Any = typer.BadParameter(text)
    ours.ctx = error.ctx
    assert usage_line(ours) == text
    ours.param = SimpleNamespace(get_error_hint=lambda *_: "'--a'")
    assert usage_line(ours) == f"Invalid value for '--a': {text}{end}"


def test_what_the_library_refuses_is_a_wrong_command_line() -> None:
    with pytest.raises(typer.BadParameter, match=r"^it is gone$"), as_usage_error():
        raise SourceError("it is gone")
