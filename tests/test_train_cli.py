"""nst-train as a user runs it, with a tiny network and a random loss network."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import pytest
import torch

from tests.models import TINY_JOHNSON, TINY_LITE, random_checkpoint, random_loss_network
from train import cli, run, warm_start
from train.checkpoint import Checkpoint, load_checkpoint
from train.content import read_rgb
from train.fit import fit
from train.preview import write_picture
from train.progress import Step
from train.runlock import locked

SHORT: Final = ("--steps", "2", "--batch", "1", "--crop", "64", "--device", "cpu")


class Atelier:
    """A folder with a painting, and the command run in it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._patch, self._capsys = folder, monkeypatch, capsys
        monkeypatch.chdir(folder)
        monkeypatch.delenv("NSTCAM_DEBUG", raising=False)
        monkeypatch.setattr(run, "load_vgg", lambda *_: random_loss_network())
        monkeypatch.setattr(cli, "PRESETS", {"lite": TINY_LITE, "johnson": TINY_JOHNSON})
        monkeypatch.setattr(warm_start, "WARM_STARTS", folder / "warm")
        self.paint("painting.png", 0)

    def paint(self, name: str, seed: int) -> None:
        colours = np.random.default_rng(seed).integers(0, 256, (10, 10, 3), dtype=np.uint8)
        write_picture(self.folder / name, np.kron(colours, np.ones((8, 8, 1), np.uint8)))

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, stdout, stderr."""
        self._patch.setattr(sys, "argv", ["nst-train", *arguments])
        with pytest.raises(SystemExit) as done:
            cli.main()
        printed = self._capsys.readouterr()
        return int(done.value.code or 0), printed.out, printed.err

    def interrupt_at(self, number: int) -> None:
        """Ctrl-C, in the next run only, at the end of that step."""

        def interrupted(*inputs: Any, report: Callable[[Step], None], **more: Any) -> Checkpoint:
            self._patch.setattr(run, "fit", fit)

            def told(step: Step) -> None:
                report(step)
                if step.step == number:
                    signal.raise_signal(signal.SIGINT)

            return fit(*inputs, report=told, **more)

        self._patch.setattr(run, "fit", interrupted)

    def train(self, *arguments: str, run: str = "painting") -> Checkpoint:
        """With success; `run` is what the arguments call its folder."""
        code, _, error = self.run("--style", "painting.png", *SHORT, *arguments)
        assert code == 0, error
        return self.checkpoint(run)

    def checkpoint(self, run: str = "painting") -> Checkpoint:
        return load_checkpoint(self.folder / "runs" / run / "checkpoint.pt")


@pytest.fixture
def atelier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Atelier:
    return Atelier(tmp_path, monkeypatch, capsys)


Signer = Callable[[str, str], None]


@pytest.fixture
def bundle(atelier: Atelier) -> Signer:
    """Makes a bundled style of a painting."""

    def make(name: str, painting: str) -> None:
        path = atelier.folder / "warm" / f"{name}.pt"
        checkpoint = random_checkpoint(TINY_LITE, name)
        checkpoint.step = warm_start.LEAST_STEPS
        checkpoint.save(path)
        warm_start.sign(path, read_rgb(atelier.folder / painting))

    return make


def test_training_says_what_comes_next(atelier: Atelier) -> None:
    code, out, _ = atelier.run("--style", "painting.png", *SHORT)
    checkpoint = Path("runs/painting/checkpoint.pt")
    assert code == 0
    assert out == f"{checkpoint}: 2 steps; see runs/painting/preview.png. Next: nst-export {checkpoint}\n"
    assert checkpoint.is_file()


def test_it_starts_from_the_nearest_style(atelier: Atelier, bundle: Signer) -> None:
    atelier.paint("other.png", 5)
    bundle("far", "other.png")
    bundle("near", "painting.png")
    code, _, error = atelier.run("--style", "painting.png", "--learning-rate", "1e-6", *SHORT)
    assert code == 0
    assert error.splitlines()[0].startswith("starts from near 0.00 (0: the same painting, 1: unrelated; next: far ")
    start = load_checkpoint(atelier.folder / "warm" / "near.pt")
    assert torch.allclose(atelier.checkpoint().weights["up2.weight"], start.weights["up2.weight"], atol=1e-4)


def test_a_trained_run_has_the_signature_of_its_painting(atelier: Atelier, bundle: Signer) -> None:
    bundle("same", "painting.png")
    signature = atelier.train().signature
    assert signature is not None
    bundled = load_checkpoint(atelier.folder / "warm" / "same.pt").signature
    assert bundled is not None
    assert all(torch.equal(signature[name], values) for name, values in bundled.items())


def test_a_cold_start_is_said(atelier: Atelier) -> None:
    _, _, error = atelier.run("--style", "painting.png", "--preset", "johnson", *SHORT)
    assert error.splitlines()[0] == "starts from nothing: there is no trained style of preset johnson yet"


@pytest.mark.parametrize(("init", "batch", "crop"), [("near", 1, 272), ("none", 2, 192)])
def test_a_warm_start_trains_on_one_large_crop(
    atelier: Atelier, bundle: Signer, init: str, batch: int, crop: int
) -> None:
    bundle("near", "painting.png")
    code, _, error = atelier.run("--style", "painting.png", "--init", init, "--steps", "1", "--device", "cpu")
    assert code == 0, error
    training = atelier.checkpoint().training
    assert (training["batch"], training["crop"]) == (batch, crop)


@pytest.mark.parametrize("init", ["none", "far"])
def test_init_chooses(atelier: Atelier, bundle: Signer, init: str) -> None:
    atelier.paint("other.png", 5)
    bundle("far", "other.png")
    bundle("near", "painting.png")
    code, _, error = atelier.run("--style", "painting.png", "--init", init, *SHORT)
    assert code == 0
    assert "starts from" not in error


@pytest.mark.parametrize("init", ["runs/painting", "runs/painting/checkpoint.pt"])
def test_a_run_is_a_start(atelier: Atelier, init: str) -> None:
    first = atelier.train("--learning-rate", "1e-6")
    code, _, _ = atelier.run(
        "--style", "painting.png", "--init", init, "--run", "more", "--learning-rate", "1e-6", *SHORT
    )
    assert code == 0
    more = load_checkpoint(Path("more/checkpoint.pt"))
    assert torch.allclose(more.weights["up2.weight"], first.weights["up2.weight"], atol=1e-4)
    assert more.origin is not None
    assert more.origin["start"] == {"name": "painting", "step": first.step}


def test_an_unknown_start_is_one_line(atelier: Atelier, bundle: Signer) -> None:
    bundle("near", "painting.png")
    code, out, error = atelier.run("--style", "painting.png", "--init", "nobody", *SHORT)
    assert (code, out) == (1, "")
    assert error == "nst-train: --init nobody: no such checkpoint; bundled ones: near\n"


@pytest.mark.parametrize(("stroke", "size"), [("small", 384), ("medium", 512), ("large", 768)])
def test_strokes_are_style_sizes(atelier: Atelier, stroke: str, size: int) -> None:
    assert atelier.train("--stroke", stroke).training["style_size"] == size


def test_a_style_size_in_pixels(atelier: Atelier) -> None:
    assert atelier.train("--style-size", "80").training["style_size"] == 80


def test_strokes_and_a_style_size_contradict_each_other(atelier: Atelier) -> None:
    code, out, error = atelier.run("--style", "painting.png", "--stroke", "large", "--style-size", "512", *SHORT)
    assert (code, out) == (2, "")
    assert "--stroke large is --style-size 768; give one of the two" in " ".join(error.replace("│", " ").split())
    assert not (atelier.folder / "runs").exists()


@pytest.mark.parametrize("size_wh", [(16, 16), (3, 500)])
def test_icons_are_content(atelier: Atelier, size_wh: tuple[int, int]) -> None:
    (atelier.folder / "icons").mkdir()
    width, height = size_wh
    write_picture(atelier.folder / "icons" / "icon.png", np.zeros((height, width, 3), np.uint8))
    assert atelier.train("--content", "icons").step == 2


def test_two_trainings_do_not_share_a_run_folder(atelier: Atelier) -> None:
    with locked(Path("runs/painting")):
        code, out, error = atelier.run("--style", "painting.png", "--init", "none", *SHORT)
    assert (code, out) == (1, "")
    assert error == ("nst-train: another nst-train is at work in runs/painting; wait for it, or choose another --run\n")
    assert not Path("runs/painting/run.json").exists()


def test_a_painting_that_is_too_small_is_one_line(atelier: Atelier) -> None:
    write_picture(Path("dot.png"), np.zeros((5, 40, 3), np.uint8))
    code, out, error = atelier.run("--style", "dot.png", *SHORT)
    assert (code, out) == (1, "")
    assert error == "nst-train: dot.png is 40x5; at least 32x32 pixels are needed\n"


def test_what_hides_behind_transparency_is_not_trained_on(atelier: Atelier) -> None:
    bgra = np.zeros((80, 80, 4), np.uint8)
    bgra[:40, :, 3] = 255
    cv2.imwrite("alpha.png", bgra)
    code, _, error = atelier.run("--style", "alpha.png", "--init", "none", *SHORT)
    assert code == 0, error
    trained_on = read_rgb(Path("runs/alpha/painting.png"))
    assert (trained_on[0, 0].tolist(), trained_on[79, 0].tolist()) == ([0, 0, 0], [255, 255, 255])


def test_ctrl_c_saves_and_resume_goes_on(atelier: Atelier) -> None:
    atelier.interrupt_at(1)
    code, out, error = atelier.run("--style", "painting.png", "--init", "none", *SHORT)
    assert (code, out) == (130, "")
    assert error.splitlines()[-1] == (
        "stopped and saved at step 1; go on with: nst-train --resume --run runs/painting, "
        "or take it as it is: nst-export runs/painting"
    )
    assert atelier.checkpoint().step == 1
    code, out, _ = atelier.run("--resume", "--run", "runs/painting", "--device", "cpu")
    assert (code, out.split(";")[0]) == (0, "runs/painting/checkpoint.pt: 2 steps")


def test_resume_refuses_settings_that_it_would_not_take_up(atelier: Atelier) -> None:
    atelier.train("--init", "none")
    before = Path("runs/painting/checkpoint.pt").read_bytes()
    code, out, error = atelier.run("--resume", "--run", "runs/painting", "--steps", "9", "--style-strength", "3")
    assert (code, out) == (2, "")
    told = " ".join(error.replace("│", " ").split())
    assert "--resume goes on with the run's own settings; leave out --steps --style-strength, or start another" in told
    assert atelier.run("--resume", "--run", "runs/painting", "--style", "painting.png")[0] == 2
    assert Path("runs/painting/checkpoint.pt").read_bytes() == before


def test_a_run_that_has_ended_is_told(atelier: Atelier) -> None:
    atelier.train("--init", "none")
    for which in (("--style", "painting.png"), ("--name", "painting"), ("--run", "runs/painting")):
        code, out, _ = atelier.run("--resume", *which)
        assert (code, out) == (
            0,
            "runs/painting has ended, with step 2; to train its style further: "
            "nst-train --style PICTURE --init runs/painting --run ANOTHER\n",
        )


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"content": [], "loss_network": "vgg16", "of_tomorrow": 1}'])
def test_resume_with_another_run_file_is_one_line(atelier: Atelier, text: str) -> None:
    atelier.interrupt_at(1)
    atelier.run("--style", "painting.png", "--init", "none", *SHORT)
    Path("runs/painting/run.json").write_text(text)
    code, out, error = atelier.run("--resume", "--name", "painting")
    assert (code, out, len(error.splitlines())) == (1, "", 1)
    assert error.startswith("nst-train: runs/painting/run.json is damaged or of another version of nst-train (")
    assert error.endswith("or start from the run's weights with --init runs/painting\n")


def test_seeds_beyond_those_of_the_generator_are_refused(atelier: Atelier) -> None:
    code, out, error = atelier.run("--style", "painting.png", "--seed", "5000000000", *SHORT)
    assert (code, out) == (2, "")
    assert "2147483647" in error
    assert not Path("runs").exists()
