"""Tests the messages and exit codes of the commands of train and export if something is wrong."""

from __future__ import annotations

import logging
from typing import Annotated

import pytest
import typer

from nstcam.train.cli.exit_codes import run_command
from nstcam.train.errors import TrainError, UsageError
from tests.support.commands import outcome

EVIL = "a\x1b]0;owned\x07\n\u202eb.jpg"
SAFE = "a\\x1b]0;owned\\x07\\n\\u202eb.jpg"


@pytest.mark.parametrize(("kind", "code"), [(TrainError, 1), (UsageError, 2)])
def test_names_in_errors_and_log_lines_have_no_control_characters(
    kind: type[Exception], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = typer.Typer()

    @app.command()
    def command() -> None:
        logging.getLogger("nstcam.test").warning("%s is damaged", EVIL)
        raise kind(f"{EVIL} not found")

    monkeypatch.delenv("NSTCAM_DEBUG", raising=False)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    ended, _, error = outcome(lambda: run_command(app, "nst-test", TrainError), ("nst-test",), monkeypatch, capsys)
    assert (ended, error) == (code, f"{SAFE} is damaged\nnst-test: {SAFE} not found\n")


def test_names_in_wrong_command_lines_have_no_control_characters(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = typer.Typer()

    @app.command()
    def command(number: Annotated[int, typer.Option()] = 1) -> None:
        raise AssertionError(number)

    arguments = ("nst-test", "--\x1b[2J")
    code, _, error = outcome(lambda: run_command(app, "nst-test"), arguments, monkeypatch, capsys)
    assert code == 2
    assert "\\x1b[2J" in error
    assert "\x1b" not in error
