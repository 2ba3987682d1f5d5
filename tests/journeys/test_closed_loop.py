"""Tests the way from a painting to frames through the three commands, and their messages if it fails."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.tools.waiting import until
from nstcam.export.cli import nst_export
from nstcam.train.cli import nst_train
from nstcam.train.network.checkpoint import load_checkpoint
from nstcam.train.network.networks import PRESETS
from nstcam.train.run_lock import LOCK_NAME
from tests.support.commands import outcome, run_here

FAST = ("--init", "none", "--batch", "1", "--crop", "64", "--style-size", "64", "--device", "cpu")
"""The smallest real training: the loss network itself cannot be made smaller."""


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "NSTCAM_STYLES": str(folder / "styles"), "COLUMNS": "120"}


def run(folder: Path, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def painting(tmp_path: Path) -> Path:
    path = tmp_path / "My Painting.png"
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 256, (80, 96, 3), dtype=np.uint8))
    return path


def test_painting_to_style_to_frames(tmp_path: Path, painting: Path) -> None:
    """Training runs in this process, for PyTorch is there already; test_launch.py starts it as a user does."""
    (tmp_path / "photos").mkdir()  # much quicker to make crops of than the built-in pictures
    (tmp_path / "photos" / "a.png").write_bytes(painting.read_bytes())
    words = ("nst-train", "--style", str(painting), "--content", "photos", "--steps", "2", "--title", "Noise", *FAST)
    trained = run_here(nst_train.main, words, tmp_path)
    assert trained.returncode == 0, trained.stderr
    folder = tmp_path / "runs" / "my-painting"
    assert {p.name for p in folder.iterdir() if p.name != LOCK_NAME} == {
        "checkpoint.pt",
        "painting.png",
        "run.json",
        "preview.png",
        "loss.png",
        "losses.csv",
    }
    checkpoint = load_checkpoint(folder / "checkpoint.pt")
    assert (checkpoint.step, checkpoint.network, checkpoint.identity.title) == (2, PRESETS["lite"], "Noise")

    exported = run(tmp_path, "nstcam.export.cli.nst_export")
    assert exported.returncode == 0, exported.stderr
    assert "nstcam --style my-painting" in exported.stdout
    assert (tmp_path / "styles" / "my-painting.onnx").is_file()

    live = ("--camera", "test", "--style", "my-painting", "--no-window", "--frames", "3")
    shown = run(tmp_path, "nstcam.realtime.cli.app", *live)
    assert shown.returncode == 0, shown.stderr
    assert "3 frames" in shown.stdout + shown.stderr


@pytest.mark.slow  # test_nst_train.py interrupts trainings of a tiny network, in this process
def test_an_interrupted_training_is_saved_and_resumes(tmp_path: Path, painting: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "nstcam.train.cli.nst_train",
        "--style",
        str(painting),
        "--steps",
        "100000",
        "--preview-every",
        "1",
    ]
    process = subprocess.Popen(
        [*command, *FAST], cwd=tmp_path, env=environment(tmp_path), stderr=subprocess.PIPE, text=True
    )
    checkpoint = tmp_path / "runs" / "my-painting" / "checkpoint.pt"
    until(checkpoint.exists)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert "continue with: nst-train --resume --run runs/my-painting" in error
    steps = load_checkpoint(checkpoint).step
    assert steps >= 1

    again = run(tmp_path, "nstcam.train.cli.nst_train", "--style", str(painting), "--steps", "5", *FAST)
    assert again.returncode == 1
    assert "runs/my-painting already holds a trained style; continue it with --resume" in again.stderr
    assert load_checkpoint(checkpoint).step == steps


@pytest.mark.parametrize(
    ("main", "words", "code", "says"),
    [
        (nst_train.main, "nst-train --style missing.jpg", 1, "nst-train: picture missing.jpg not found"),
        (nst_train.main, "nst-train --style text.jpg", 1, "nst-train: text.jpg is not a picture that can be read"),
        (
            nst_train.main,
            "nst-train --resume --run nowhere",
            1,
            "nst-train: nowhere has no checkpoint to continue from",
        ),
        (nst_train.main, "nst-train --style ok.png --init nope", 1, "nst-train: --init nope: no such checkpoint"),
        (
            nst_train.main,
            "nst-train --style ok.png --content void --init none",
            1,
            "void not found; give --content a folder of photos or a video",
        ),
        (nst_train.main, "nst-train --style ok.png --crop 100", 2, "crop 100 is not a multiple of 16"),
        (nst_train.main, "nst-train --style ok.png --init none --name ../x", 2, "'../x' is not allowed"),
        (nst_train.main, "nst-train", 2, "no painting given"),
        (nst_export.main, "nst-export", 1, "nst-export: no checkpoint below"),
        (nst_export.main, "nst-export text.jpg", 1, "nst-export: text.jpg is not a checkpoint"),
        (nst_export.main, "nst-export missing.pt", 1, "nst-export: checkpoint missing.pt not found"),
    ],
)
def test_wrong_input_is_one_clear_line(
    main: Callable[[], None],
    words: str,
    code: int,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    cv2.imwrite(str(tmp_path / "ok.png"), np.zeros((80, 80, 3), np.uint8))
    before = {p.name for p in tmp_path.iterdir()}
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NSTCAM_DEBUG", raising=False)
    exit_code, _, error = outcome(main, tuple(words.split()), monkeypatch, capsys)
    assert exit_code == code
    assert says in error
    if code == 1:
        assert error.count("\n") == 1
    assert {p.name for p in tmp_path.iterdir()} == before, "nothing left behind"


def test_damaged_videos_are_one_line_without_ffmpegs_own(tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    (clips / "text.mp4").write_text("no video")
    measured = run(tmp_path, "nstcam.export.cli.nst_eval", "starry", "--clips", str(clips))
    assert measured.returncode == 1
    which, none = measured.stderr.splitlines()
    assert which.startswith(f"{clips / 'text.mp4'} is not a video that can be read, or is damaged")
    assert none == f"nst-eval: no video in {clips} can be read; MP4, MKV, MOV, AVI and WebM work"
