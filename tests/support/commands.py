"""Commands in the process of the tests, as a user types them."""

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
    """Exit code, stdout, stderr of `main` for the words of a command line, the first of which is the command."""
    monkeypatch.setattr(sys, "argv", list(words))
    with pytest.raises(SystemExit) as done:
        main()
    printed = capsys.readouterr()
    return int(done.value.code or 0), printed.out, printed.err
