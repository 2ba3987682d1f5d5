"""Tests of nst-train on a Ray cluster of this machine: real processes, and a real training of two steps."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from nstcam.train.cli import nst_train
from nstcam.train.network.checkpoint import load_checkpoint
from tests.support.commands import outcome

pytest.importorskip("ray", reason="Ray, the extra cluster, is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

PHOTOS = Path(__file__).parents[3] / "train" / "photos"


@pytest.mark.skipif(sys.platform != "linux", reason="tried on Linux")
def test_two_styles_are_trained_at_once_and_come_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = ("--steps", "2", "--batch", "1", "--crop", "64", "--style-size", "128", "--init", "starry")
    words = ("--style", str(PHOTOS / "coffee.jpg"), "--style", str(PHOTOS / "rocket.jpg"), *settings)
    cluster = ("--device", "cpu", "--threads", "1", "--cluster", "local", "--workers", "2")
    code, out, error = outcome(nst_train.main, ("nst-train", *words, *cluster), monkeypatch, capsys)
    assert code == 0, error
    for name in ("coffee", "rocket"):
        made = load_checkpoint(tmp_path / "runs" / name / "checkpoint.pt")
        assert (made.step, made.identity.name) == (2, name)
        assert {path.name for path in (tmp_path / "runs" / name).iterdir()} >= {
            "painting.png",
            "run.json",
            "preview.png",
        }
        assert f"runs/{name}: 2 steps; see preview.png there" in out.splitlines()
