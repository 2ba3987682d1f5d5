"""Tests that of two checks at the same time the first that fails ends the other."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support.side_by_side import side_by_side

READY = "import pathlib, time; ready = pathlib.Path(__file__).with_name('ready')\n"
WAITS = READY + (
    # Who starts the tests in the background may have it ignored.
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "try:\n    ready.touch()\n    time.sleep(600)\nexcept KeyboardInterrupt:\n    print('ended', flush=True)\n    raise"
)
SAYS_FIRST = READY + "print('tests', flush=True); ready.touch()"
FAILS_LATER = READY + "while not ready.exists():\n    time.sleep(0.01)\nprint('types'); raise SystemExit(2)"


@pytest.mark.parametrize(
    ("shown", "quiet", "code", "told"),
    [
        ("print('tests')", "print('types')", 0, "tests\n\n+ quiet\ntypes\n"),
        ("print('tests'); raise SystemExit(3)", WAITS, 3, "tests\n"),
        (WAITS, FAILS_LATER, 2, "ended\n\n+ quiet\ntypes\n"),
        (SAYS_FIRST, FAILS_LATER, 2, "tests\n\n+ quiet\ntypes\n"),
    ],
)
def test_the_first_that_fails_ends_the_other(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], shown: str, quiet: str, code: int, told: str
) -> None:
    for name, text in (("shown", shown), ("quiet", quiet)):
        (tmp_path / f"{name}.py").write_text(text)
    assert side_by_side(["shown"], ["quiet"], {**os.environ, "PYTHONPATH": str(tmp_path)}) == code
    assert capfd.readouterr().out == (told if sys.platform != "win32" else told.replace("ended\n", ""))
