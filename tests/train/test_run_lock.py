"""Tests two processes in one run folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from nstcam.train.errors import TrainError
from nstcam.train.run_lock import locked

HOLDER = """
import sys
from pathlib import Path
from nstcam.train.run_lock import locked
with locked(Path(sys.argv[1])):
    print("has it", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "a"
    first = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(run)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert first.stdout is not None
        assert first.stdout.readline().strip() == b"has it"
        with pytest.raises(TrainError, match=r"another process is working in .*; wait until it ends"), locked(run):
            pass
    finally:
        first.kill()
        first.communicate()
    with locked(run):
        pass
    with locked(run):
        pass


def test_a_run_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("precious")
    with (
        pytest.raises(TrainError, match=r"cannot write the run folder .*taken .*; choose another --run"),
        locked(tmp_path / "taken"),
    ):
        pass
    assert (tmp_path / "taken").read_text() == "precious"
