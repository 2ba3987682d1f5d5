"""Tests nst-train with several paintings."""

from __future__ import annotations

from pathlib import Path

import pytest

from nstcam.train.network.checkpoint import load_checkpoint
from tests.support.training.train_folder import SHORT, TrainFolder

BOTH = ("--style", "a.png", "--style", "b.png", *SHORT, "--init", "none")


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> TrainFolder:
    found = TrainFolder(tmp_path, monkeypatch, capsys)
    found.paint("a.png", 1)
    found.paint("b.png", 2)
    return found


def test_each_style_has_its_run(command: TrainFolder) -> None:
    code, out, error = command.run(*BOTH)
    assert code == 0, error
    assert [command.checkpoint(name).identity.name for name in "ab"] == ["a", "b"]
    assert out.count("2 steps; see") == 2
    assert [line for line in error.splitlines() if " of 2: " in line] == ["1 of 2: a.png", "2 of 2: b.png"]


def test_one_that_fails_does_not_stop_the_rest(command: TrainFolder) -> None:
    code, _, error = command.run("--style", "gone.png", "--style", "b.png", *SHORT, "--init", "none")
    assert code == 1
    assert command.checkpoint("b").step == 2
    assert error.splitlines()[-1] == "nst-train: 1 of 2 styles failed: gone"


def test_an_interrupted_queue_goes_on(command: TrainFolder) -> None:
    command.interrupt_at(1)
    code, _, error = command.run(*BOTH)
    assert code == 130
    assert error.splitlines()[-1] == "not started: b; to continue, run the same command with --resume"
    assert not (command.folder / "runs" / "b").exists()
    code, out, error = command.run(*BOTH, "--resume")
    assert code == 0, error
    assert [load_checkpoint(command.folder / "runs" / name / "checkpoint.pt").step for name in "ab"] == [2, 2]
    code, out, _ = command.run(*BOTH, "--resume")
    assert code == 0
    assert out.count("has already finished") == 2


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--name", "x"), "--name is for one style, and 2 are given"),
        (("--processes", "2"), "--processes is for one style, and 2 are given"),
        (("--style", "sub/a.png"), "a.png and sub/a.png would both be trained in runs/a"),
    ],
)
def test_what_cannot_be_meant_for_all_is_refused(command: TrainFolder, words: tuple[str, ...], line: str) -> None:
    code, _, error = command.run(*BOTH, *words)
    assert code == 2
    assert line in error
    assert not (command.folder / "runs").exists()
