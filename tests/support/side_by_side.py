"""Two programs at the same time, of which the first that fails ends the other."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import Final

_LOOKING: Final = 0.1
"""Seconds between two looks at whether they have ended."""
_ENDING: Final = 30.0
"""Seconds that a program has to end in good order; after them it is killed."""


def side_by_side(shown: Sequence[str], quiet: Sequence[str], environment: Mapping[str, str]) -> int:
    """Runs the modules `shown` and `quiet`, each a name and arguments, with this Python.

    `shown` writes where this process does. What `quiet` says comes after that.

    Returns:
        The exit code of the first that failed, 0 if both are well, 130 after Ctrl-C.
    """
    with tempfile.TemporaryFile() as said:
        first = subprocess.Popen([sys.executable, "-m", *shown], env=environment)
        second = subprocess.Popen([sys.executable, "-m", *quiet], env=environment, stdout=said, stderr=said)
        try:
            while None in (first.poll(), second.poll()) and not (first.returncode or second.returncode):
                time.sleep(_LOOKING)
        except KeyboardInterrupt:  # the terminal has told them as well
            _end(first, told=True)
            _end(second, told=True)
            return 130
        failed, over = first.returncode or second.returncode, second.returncode is not None
        _end(first)
        _end(second)
        if over:
            said.seek(0)
            print("\n+", *quiet, flush=True)
            print(said.read().decode(errors="replace"), end="", flush=True)
        return failed or 0


def _end(program: subprocess.Popen[bytes], *, told: bool = False) -> None:
    """Ends a program that still runs, as Ctrl-C does; `told`: it knows already."""
    if program.poll() is not None:
        return
    if not told:
        program.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGINT)
    try:
        program.wait(_ENDING)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
