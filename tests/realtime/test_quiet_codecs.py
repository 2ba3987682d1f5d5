"""Tests that codecs are silenced, and nstcam itself is not."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import os, sys
from nstcam.realtime.quiet_codecs import keep_own_lines, quiet_codecs
{first}
with quiet_codecs():
    os.write(2, b"codec\\n")
    print("nstcam \\udcff", file=sys.stderr)
os.write(2, b"after\\n")
"""


@pytest.mark.parametrize(("first", "printed"), [("", "after"), ("keep_own_lines()", "nstcam \\udcff|after")])
def test_lines_of_nstcam_are_printed_while_codecs_are_silenced(first: str, printed: str) -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM.format(first=first)], capture_output=True, text=True)
    assert (run.returncode, run.stderr.splitlines()) == (0, printed.split("|"))


def test_where_there_is_no_standard_error_none_is_made() -> None:
    program = "import sys; sys.stderr = None; from nstcam.realtime.quiet_codecs import keep_own_lines; keep_own_lines()"
    run = subprocess.run([sys.executable, "-c", program + "; print(sys.stderr)"], capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "None\n")
