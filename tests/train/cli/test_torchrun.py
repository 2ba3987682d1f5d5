"""Tests nst-train under torchrun itself, with the bundled loss network and a warm start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nstcam.train.network.checkpoint import load_checkpoint

pytestmark = pytest.mark.slow

PAINTING = Path(__file__).parents[3] / "train" / "photos" / "coffee.jpg"
SETTINGS = ("--batch", "2", "--crop", "64", "--style-size", "128", "--init", "starry", "--steps", "5")


def totals(folder: Path) -> list[float]:
    state = load_checkpoint(folder / "checkpoint.pt").state
    assert state is not None
    return [step["total"] for step in state["history"]]


@pytest.mark.skipif(sys.platform != "linux", reason="gloo under torchrun is tried on Linux")
def test_two_processes_have_the_curve_of_one_with_the_same_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With SOAP, which magnifies rounding; and --run, which is also the beginning of an option of torchrun's."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    module = ("-m", "nstcam.train.cli.nst_train")
    torchrun = (sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-addr", "127.0.0.1")
    for command, run in (((sys.executable, *module), "one"), ((*torchrun, *module, "--"), "two")):
        words = ("--style", str(PAINTING), *SETTINGS, "--device", "cpu", "--threads", "1", "--run", run)
        done = subprocess.run([*command, *words], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert len(totals(tmp_path / "one")) == 5
    assert np.allclose(totals(tmp_path / "two"), totals(tmp_path / "one"), rtol=0.01)
