"""Runs commands as a user types them, in the process of the tests."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest


def outcome(
    main: Callable[[], None],
    words: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> tuple[int, str, str]:
    """The exit code, stdout and stderr of `main` for a command line, whose first word is the command."""
    monkeypatch.setattr(sys, "argv", list(words))
    with pytest.raises(SystemExit) as done:
        main()
    printed = capsys.readouterr()
    return int(done.value.code or 0), printed.out, printed.err
