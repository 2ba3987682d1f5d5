"""Tests nst-train as a user runs it, with a tiny network and a random loss network."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from nstcam.media.style_names import name_from
from nstcam.train import console
from nstcam.train.fit import run, run_folder, warm_start
from nstcam.train.network.checkpoint import StyleIdentity
from nstcam.train.picture import read_rgb, write_picture
from tests.support.training.train_folder import SHORT, TrainFolder


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> TrainFolder:
    return TrainFolder(tmp_path, monkeypatch, capsys)


def test_training_says_what_comes_next(command: TrainFolder) -> None:
    code, out, _ = command.run("--style", "painting.png", *SHORT)
    checkpoint = Path("runs/painting/checkpoint.pt")
    assert code == 0
    assert out == f"{checkpoint}: 2 steps; see runs/painting/preview.png. Next: nst-export {checkpoint}\n"
    assert checkpoint.is_file()


def test_a_log_file_gets_a_line_of_figures_at_once(command: TrainFolder) -> None:
    """Standard error is not a terminal here."""
    code, _, error = command.run("--style", "painting.png", *SHORT, "--steps", "4", "--preview-every", "2")
    assert code == 0
    lines = [line for line in error.splitlines() if "%  step" in line]
    assert lines[0].split()[:3] == ["25%", "step", "1"]


def test_a_run_writes_over_no_picture_of_the_user(command: TrainFolder) -> None:
    own = command.folder / "painting.png"
    before = own.read_bytes()
    code, _, error = command.run("--style", "painting.png", "--run", ".", *SHORT)
    assert code == 1
    assert error == "nst-train: painting.png exists but is not part of a run; give --run a folder of its own\n"
    assert own.read_bytes() == before
    assert not (command.folder / "run.json").exists()
    begun = Path("runs/painting")
    begun.mkdir(parents=True)
    for name in ("run.json", "painting.png"):  # killed before its first checkpoint
        (begun / name).write_text("{}")
    assert command.run("--style", "painting.png", *SHORT)[0] == 0


@pytest.mark.parametrize("words", [("--nonsense",), ("--stroke", "huge"), ("--steps", "0"), ("extra",), ()])
def test_a_bad_command_line_is_one_line_and_exits_with_2(command: TrainFolder, words: tuple[str, ...]) -> None:
    code, out, error = command.run(*words)
    assert (code, out) == (2, "")
    assert error.startswith("nst-train: ")
    assert len(error.splitlines()) == 1, error


@pytest.mark.parametrize(
    ("picture", "name"),
    [
        ("My Painting (1888) 100%.JPG", "my-painting-1888-100"),
        ("Звёздная ночь.jpg", "звёздная-ночь"),
        ("cafe\u0301_terrace.png", "café-terrace"),
        ("神奈川沖浪裏.png", "神奈川沖浪裏"),
        ("मेरा चित्र.png", "मेरा-चित्र"),
        ("ภาพวาดสีน้ำ.png", "ภาพวาดสีน้ำ"),
        ("a portrait of " + "ы" * 120 + ".png", "a-portrait-of-" + "ы" * 46),
        ("İstanbul.jpg", "istanbul"),
        ("\u2764\ufe0f.jpg", "style"),  # a red heart: a sign and a mark that colours it
        ("!.png", "style"),
    ],
)
def test_a_style_is_called_like_its_picture(picture: str, name: str) -> None:
    assert name_from(Path(picture)) == name
    assert StyleIdentity(name).name == name


@pytest.mark.parametrize(("stroke", "size"), [("small", 448), ("medium", 640), ("large", 896)])
def test_strokes_are_style_sizes(command: TrainFolder, stroke: str, size: int) -> None:
    assert command.train("--stroke", stroke).training["style_size"] == size


def test_a_style_size_in_pixels(command: TrainFolder) -> None:
    assert command.train("--style-size", "80").training["style_size"] == 80


def test_strokes_and_a_style_size_contradict_each_other(command: TrainFolder) -> None:
    code, out, error = command.run("--style", "painting.png", "--stroke", "large", "--style-size", "512", *SHORT)
    assert (code, out) == (2, "")
    assert "--stroke large means --style-size 896; give only one of the two" in " ".join(
        error.replace("│", " ").split()
    )
    assert not (command.folder / "runs").exists()


@pytest.mark.parametrize("size_wh", [(16, 16), (3, 500)])
def test_icons_are_content(command: TrainFolder, size_wh: tuple[int, int]) -> None:
    (command.folder / "icons").mkdir()
    width, height = size_wh
    write_picture(command.folder / "icons" / "icon.png", np.zeros((height, width, 3), np.uint8))
    assert command.train("--content", "icons").step == 2


def test_a_painting_that_is_too_small_is_one_line(command: TrainFolder) -> None:
    write_picture(Path("dot.png"), np.zeros((5, 40, 3), np.uint8))
    code, out, error = command.run("--style", "dot.png", *SHORT)
    assert (code, out) == (1, "")
    assert error == "nst-train: dot.png is 40x5; at least 32x32 pixels are needed\n"


def test_what_hides_behind_transparency_is_not_trained_on(command: TrainFolder) -> None:
    bgra = np.zeros((80, 80, 4), np.uint8)
    bgra[:40, :, 3] = 255
    cv2.imwrite("alpha.png", bgra)
    code, _, error = command.run("--style", "alpha.png", "--init", "none", *SHORT)
    assert code == 0, error
    trained_on = read_rgb(Path("runs/alpha/painting.png"))
    assert (trained_on[0, 0].tolist(), trained_on[79, 0].tolist()) == ([0, 0, 0], [255, 255, 255])


def test_seeds_beyond_those_of_the_generator_are_refused(command: TrainFolder) -> None:
    code, out, error = command.run("--style", "painting.png", "--seed", "5000000000", *SHORT)
    assert (code, out) == (2, "")
    assert "2147483647" in error
    assert not Path("runs").exists()


def test_two_lengths_contradict_each_other(command: TrainFolder) -> None:
    code, out, error = command.run("--style", "painting.png", "--minutes", "2", *SHORT)
    assert (code, out) == (2, "")
    assert error == "nst-train: --steps 2 and --minutes 2 are both lengths of the training; give only one\n"
    assert not Path("runs").exists()


def test_threads_are_taken_and_never_more_than_cores(command: TrainFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", taken.append)
    monkeypatch.setattr(console, "available_cores", lambda: 2)
    assert "using" not in command.run("--style", "painting.png", "--init", "none", "--threads", "1", *SHORT)[2]
    _, _, error = command.run("--resume", "--name", "painting", "--threads", "9")
    assert error == "--threads 9: using 2, one per core; more would be slower\n"
    assert taken == [1, 2]
    assert command.run("--style", "painting.png", "--threads", "0")[0] == 2


def test_too_few_steps_are_said_before_and_after(command: TrainFolder) -> None:
    _, _, error = command.run("--style", "painting.png", "--init", "none", *SHORT)
    verdict = "2 steps: the style is not there yet; about 1200 are needed"
    assert error.splitlines()[0] == f"--steps is short: {verdict}"
    assert error.splitlines()[-1] == verdict


def test_a_training_in_minutes_says_how_many_steps_it_will_have(
    command: TrainFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "FORESEEN_AT", 1)
    few = ("--minutes", "0.05", "--batch", "1", "--crop", "64", "--device", "cpu")
    _, _, error = command.run("--style", "painting.png", "--init", "none", *few)
    assert "0.05 minutes are about " in error
    assert "is short" not in error


def test_a_run_writes_over_no_table_of_the_user(command: TrainFolder) -> None:
    own = Path("mine")
    own.mkdir()
    (own / "losses.csv").write_text("mine")
    code, _, error = command.run("--style", "painting.png", "--init", "none", "--run", "mine", *SHORT)
    assert (code, (own / "losses.csv").read_text()) == (1, "mine")
    assert "losses.csv exists but is not part of a run" in error


def test_the_preview_has_the_painting_beside_what_is_painted(command: TrainFolder) -> None:
    write_picture(Path("red.png"), np.full((60, 80, 3), (250, 0, 0), np.uint8))
    command.run("--style", "red.png", "--init", "none", *SHORT)
    sheet = read_rgb(Path("runs/red/preview.png"))
    assert sheet.shape == (5 * 256, 3 * 341, 3)
    beside = sheet[:, 2 * 341 :]
    assert beside[640, 170].tolist() == [250, 0, 0]
    assert beside[0, 170].tolist() == [255, 255, 255]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--init", "nobody"), "--init nobody: no such checkpoint; bundled ones: none"),
        (("--content", "empty"), "no readable picture or video under "),
        (("--content", "nowhere"), "nowhere not found; give --content a folder of photos or a video"),
        (("--loss-weights", "no.pth"), "--loss-weights no.pth not found; give a file of the loss network's weights"),
        (("--preset", "heavy"), "--preset heavy is unknown; choose lite or johnson"),
        (("--name", "a/b"), "style name 'a/b' is not allowed"),
        (("--name", "a" * 300), "--name has 300 letters; use at most 200"),
    ],
)
def test_what_is_wrong_is_told_before_the_loss_network_is_loaded(
    command: TrainFolder, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], line: str
) -> None:
    def load(*_: object) -> None:
        raise AssertionError("the loss network is loaded")

    monkeypatch.setattr(run_folder, "load_vgg", load)
    monkeypatch.setattr(warm_start, "load_vgg", load)
    Path("empty").mkdir()
    code, _, error = command.run("--style", "painting.png", *words, *SHORT)
    assert code in (1, 2)
    assert line in error
    assert len(error.splitlines()) == 1
    assert not Path("runs").exists()


def test_names_are_printed_without_control_characters(command: TrainFolder) -> None:
    folder = "runs\x1b[2J"
    code, out, error = command.run("--style", "painting.png", "--init", "none", *SHORT, "--run", folder)
    assert code == 0
    again = command.run("--resume", "--run", folder)
    missing = command.run("--style", "\x1b[2J.png", *SHORT)
    assert "\x1b" not in out + error + "".join(again[1:]) + missing[2]
    assert "Next: nst-export runs\\x1b[2J/checkpoint.pt" in out
    assert "runs\\x1b[2J has already finished" in again[1]
    assert "picture \\x1b[2J.png not found" in missing[2]
