"""Runs commands as a user types them, in the process of the tests or in one of their own."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from nstcam.realtime.cli.app import main as nstcam

NSTCAM = (sys.executable, "-m", "nstcam.realtime.cli.app")
"""The command in a process of its own."""


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


def run_here(
    main: Callable[[], None], words: tuple[str, ...], folder: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """What a program started in `folder` would do, without the second that starting and importing it takes.

    Args:
        words: the command line, whose first word is the command.
        environment: what is changed in it; there is no display and no NSTCAM_DEBUG.
    """
    out, error, code = io.StringIO(), io.StringIO(), 0
    kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "NSTCAM_DEBUG")}
    handlers = logging.root.handlers[:]
    with (
        contextlib.chdir(folder),
        patch.dict(os.environ, kept | environment, clear=True),
        patch.object(sys, "argv", list(words)),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(error),
    ):
        logging.root.handlers.clear()  # those of pytest, with which the program would set up none
        try:
            main()
        except SystemExit as done:
            code = done.code if isinstance(done.code, int) else int(done.code is not None)
        finally:
            logging.root.handlers[:] = handlers
    return subprocess.CompletedProcess(words, code, out.getvalue(), error.getvalue())


def run_nstcam_here(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs nstcam in this process, in the folder `home` and with the styles in its folder `styles`."""
    return run_here(nstcam, ("nstcam", *arguments), home, NSTCAM_STYLES=str(home / "styles"))


def start_nstcam(home: Path, *arguments: str) -> subprocess.Popen[str]:
    """Starts nstcam in a process of its own, without a screen, likewise."""
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "NSTCAM_DEBUG")}
    environment |= {"NSTCAM_STYLES": str(home / "styles")}
    return subprocess.Popen(
        [*NSTCAM, *arguments], cwd=home, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def run_nstcam(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs nstcam as `start_nstcam` starts it, to its end."""
    process = start_nstcam(home, *arguments)
    out, error = process.communicate(timeout=60)
    return subprocess.CompletedProcess(arguments, process.returncode, out, error)
