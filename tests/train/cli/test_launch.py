"""Tests nst-train --processes as a user runs it: in processes of its own, with the real networks."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from nstcam.train.network.checkpoint import load_checkpoint
from nstcam.train.picture import write_picture

SMALL = ("--style", "a.png", "--init", "none", "--batch", "2", "--crop", "64", "--style-size", "64", "--device", "cpu")


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    write_picture(folder / "a.png", np.random.default_rng(0).integers(0, 256, (80, 80, 3), dtype=np.uint8))
    command = [sys.executable, "-m", "nstcam.train.cli.nst_train", *SMALL, "--processes", "2", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True)


@pytest.mark.slow
def test_two_processes_make_one_style_and_one_report(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()  # much quicker to make crops of than the built-in pictures
    write_picture(tmp_path / "photos" / "b.png", np.random.default_rng(1).integers(0, 256, (80, 80, 3), dtype=np.uint8))
    running = started(tmp_path, "--steps", "2", "--content", "photos")
    out, error = running.communicate(timeout=300)
    assert running.returncode == 0, error
    assert out.count("2 steps; see") == 1
    assert error.count("starting from") == 0
    assert error.count("--steps is short") == 1
    checkpoint = load_checkpoint(tmp_path / "runs" / "a" / "checkpoint.pt")
    assert checkpoint.step == 2
    assert checkpoint.provenance is not None
    assert checkpoint.provenance["processes"] == 2
    with (tmp_path / "runs" / "a" / "losses.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 2


@pytest.mark.slow
def test_what_all_of_them_find_is_told_once(tmp_path: Path) -> None:
    running = started(tmp_path, "--content", "nowhere")
    _, error = running.communicate(timeout=300)
    assert running.returncode == 1
    content = tmp_path / "nowhere"
    assert error.splitlines() == [
        f"nst-train: content {content} not found; give --content a folder of photos or a video"
    ]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="finds the other process in /proc")
def test_a_killed_process_ends_the_others_with_one_line(tmp_path: Path) -> None:
    running = started(tmp_path, "--steps", "1000")
    table = tmp_path / "runs" / "a" / "losses.csv"
    deadline = time.monotonic() + 200
    while not (table.exists() and len(table.read_text().splitlines()) > 2):
        assert time.monotonic() < deadline
        assert running.poll() is None
        time.sleep(0.1)
    (other,) = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    os.kill(int(other), signal.SIGKILL)
    _, error = running.communicate(timeout=100)
    assert running.returncode == 1
    last = error.splitlines()[-1]
    assert last == "nst-train: another process of this training has ended or cannot be reached; continue with --resume"
