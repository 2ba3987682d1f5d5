"""Tests --learn SECONDS of nstcam video, image and styles add, with a stand-in for the process that learns."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from nstcam.realtime.cli.app import app
from nstcam.realtime.cli.running.learn_first import LearnFirst
from nstcam.realtime.cli.running.terminal import Notices
from nstcam.realtime.learning.learner import Learner
from nstcam.realtime.style_files.library import find_style, style_of_picture
from tests.support.fakes.learning import ENDS, FAILS, picture, process

DOES = process("hand_over(1, 4, job['seconds']); tell(finished=True)")


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "styles"))
    cv2.imwrite(str(tmp_path / "photo.png"), np.random.default_rng(1).integers(0, 255, (40, 56, 3), np.uint8))
    picture(tmp_path)
    return tmp_path


def learns_by(command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nstcam.realtime.cli.running.learn_first.Learner", partial(Learner, command=command))


def painted(folder: Path, *options: str, style: str = "kiss.png") -> tuple[np.ndarray, str]:
    """What nstcam image makes of the photo, and what it says."""
    out = folder / "out.png"
    style = str(folder / style) if style.endswith(".png") else style
    words = ["image", str(folder / "photo.png"), str(out), "--style", style, "--device", "cpu", "--overwrite", *options]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found = cv2.imread(str(out))
    assert found is not None
    return found, done.output


def test_a_picture_is_painted_in_what_was_learnt(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learns_by(DOES, monkeypatch)
    assert (painted(folder, "--learn", "2")[0] == painted(folder, style="wave")[0]).all()
    assert list(folder.glob("nstcam.*")) == []


def test_if_it_cannot_be_learnt_a_line_says_why_and_the_picture_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learns_by(FAILS, monkeypatch)
    found, said = painted(folder, "--learn", "2")
    assert (found == painted(folder)[0]).all()
    assert "kiss cannot be learnt, and stays as it was: there is not enough memory" in said
    assert list(folder.glob("nstcam.*")) == []


@pytest.mark.parametrize(("style", "seconds"), [("kiss.png", None), ("wave", None), ("wave", 5.0)])
def test_nothing_is_learnt_without_seconds_or_without_a_picture(
    folder: Path, monkeypatch: pytest.MonkeyPatch, style: str, seconds: float | None
) -> None:
    monkeypatch.setattr("nstcam.realtime.cli.running.learn_first.Learner", lambda *_, **__: pytest.fail("learns"))
    found = style_of_picture(folder / style) if style.endswith(".png") else find_style(style)
    assert LearnFirst(seconds, Notices(), ExitStack()).learnt(found) is found


def test_a_picture_is_learnt_and_added(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learns_by(ENDS, monkeypatch)
    words = ["styles", "add", str(folder / "kiss.png"), "--learn", "5"]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert find_style("kiss").int8_path is not None
    again = CliRunner().invoke(app, words)
    assert again.exit_code != 0
    assert "there is a style kiss already" in str(again.exception)
    assert CliRunner().invoke(app, [*words, "--overwrite"], catch_exceptions=False).exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["video", "a.mp4", "b.mp4", "--learn", "5", "--resume"], "--resume and --segment would not fit"),
        (["video", "a.mp4", "b.nstpart", "--learn", "5", "--segment", "1/2"], "--resume and --segment would not fit"),
        (["image", "a.png", "b.jpg", "--style", "all", "--learn", "5"], "no picture to learn"),
        (["styles", "--learn", "5"], "--learn is for nstcam styles add"),
        (["video", "a.mp4", "b.mp4", "--learn", "nan"], "--learn"),
        (["video", "a.mp4", "b.mp4", "--learn", "0"], "--learn"),
    ],
)
def test_what_does_not_go_together_is_refused(words: list[str], said: str) -> None:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2
    assert said in " ".join(done.output.replace("│", " ").split())


def test_a_style_that_is_no_picture_has_nothing_to_learn(folder: Path) -> None:
    done = CliRunner().invoke(app, ["styles", "add", str(folder / "photo.txt"), "--learn", "5"])
    assert "is not a picture" in str(done.exception)
