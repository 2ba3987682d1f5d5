"""Tests which network nst-train starts from, and what --init does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from nstcam.train.fit import warm_start
from nstcam.train.network.checkpoint import load_checkpoint
from nstcam.train.picture import read_rgb
from tests.support.models.tiny import TINY_LITE, random_checkpoint
from tests.support.training.train_folder import SHORT, TrainFolder


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> TrainFolder:
    return TrainFolder(tmp_path, monkeypatch, capsys)


Signer = Callable[[str, str], None]


@pytest.fixture
def bundle(command: TrainFolder) -> Signer:
    """Makes a bundled style of a painting."""

    def make(name: str, painting: str) -> None:
        path = command.folder / "warm" / f"{name}.pt"
        checkpoint = random_checkpoint(TINY_LITE, name)
        checkpoint.step = warm_start.LEAST_STEPS
        checkpoint.save(path)
        warm_start.sign(path, read_rgb(command.folder / painting))

    return make


def test_it_starts_from_the_nearest_style(command: TrainFolder, bundle: Signer) -> None:
    command.paint("other.png", 5)
    bundle("far", "other.png")
    bundle("near", "painting.png")
    code, _, error = command.run("--style", "painting.png", "--learning-rate", "1e-6", *SHORT)
    assert code == 0
    assert error.splitlines()[0].startswith("starting from near 0.00 (0: the same painting, 1: unrelated; next: far ")
    start = load_checkpoint(command.folder / "warm" / "near.pt")
    assert torch.allclose(command.checkpoint().weights["up1.weight"], start.weights["up1.weight"], atol=1e-4)


def test_a_trained_run_has_the_signature_of_its_painting(command: TrainFolder, bundle: Signer) -> None:
    bundle("same", "painting.png")
    signature = command.train().signature
    assert signature is not None
    bundled = load_checkpoint(command.folder / "warm" / "same.pt").signature
    assert bundled is not None
    assert all(torch.equal(signature[name], values) for name, values in bundled.items())


def test_a_cold_start_is_said(command: TrainFolder) -> None:
    _, _, error = command.run("--style", "painting.png", "--preset", "johnson", *SHORT)
    assert error.splitlines()[0] == "starting from scratch: there is no trained style of preset johnson yet"


@pytest.mark.parametrize(("init", "batch", "crop"), [("near", 1, 272), ("none", 2, 192)])
def test_a_warm_start_trains_on_one_large_crop(
    command: TrainFolder, bundle: Signer, init: str, batch: int, crop: int
) -> None:
    bundle("near", "painting.png")
    code, _, error = command.run("--style", "painting.png", "--init", init, "--steps", "1", "--device", "cpu")
    assert code == 0, error
    training = command.checkpoint().training
    assert (training["batch"], training["crop"]) == (batch, crop)
    assert (training["freeze_norms_at"] == 0) is (init == "near"), "what is frozen has been trained before"


@pytest.mark.parametrize("init", ["none", "far"])
def test_init_chooses(command: TrainFolder, bundle: Signer, init: str) -> None:
    command.paint("other.png", 5)
    bundle("far", "other.png")
    bundle("near", "painting.png")
    code, _, error = command.run("--style", "painting.png", "--init", init, *SHORT)
    assert code == 0
    assert "starts from" not in error


@pytest.mark.parametrize("init", ["runs/painting", pytest.param("runs/painting/checkpoint.pt", marks=pytest.mark.slow)])
def test_a_run_is_a_start(command: TrainFolder, init: str) -> None:
    first = command.train("--learning-rate", "1e-6")
    code, _, _ = command.run(
        "--style", "painting.png", "--init", init, "--run", "more", "--learning-rate", "1e-6", *SHORT
    )
    assert code == 0
    more = load_checkpoint(Path("more/checkpoint.pt"))
    assert torch.allclose(more.weights["up1.weight"], first.weights["up1.weight"], atol=1e-4)
    assert more.provenance is not None
    assert more.provenance["start"] == {"name": "painting", "step": first.step}


def test_an_unknown_start_is_one_line(command: TrainFolder, bundle: Signer) -> None:
    bundle("near", "painting.png")
    code, out, error = command.run("--style", "painting.png", "--init", "nobody", *SHORT)
    assert (code, out) == (1, "")
    assert error == "nst-train: --init nobody: no such checkpoint; bundled ones: near\n"


def test_a_start_of_another_preset_is_one_line(command: TrainFolder, bundle: Signer) -> None:
    bundle("near", "painting.png")
    code, out, error = command.run("--style", "painting.png", "--preset", "johnson", "--init", "near", *SHORT)
    assert (code, out) == (2, "")
    assert error == (
        "nst-train: --init near is a network of preset lite, not johnson; use --preset lite, or --init none\n"
    )
    assert not Path("runs").exists()
