"""Tests first words that are not commands: the line says which command was probably meant."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from nstcam.realtime.cli.app import main
from nstcam.realtime.cli.words import command_meant
from tests.support.commands import outcome
from tests.support.media.clips import quadrants, write_clip


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "styles"))
    return tmp_path


def test_a_photo_and_a_clip_are_told_their_commands(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite("my photo.jpg", quadrants())
    write_clip(folder / "clip.mp4", frames=2)
    assert outcome(main, ("nstcam", "my photo.jpg"), monkeypatch, capsys) == (
        2,
        "",
        "nstcam: my photo.jpg is a picture, not a command; to repaint it: nstcam image 'my photo.jpg' painted.png; "
        "to see it live in all styles: nstcam --camera 'my photo.jpg'; "
        "as a style: nstcam --style 'my photo.jpg'\n",
    )
    code, _, error = outcome(main, ("nstcam", "clip.mp4"), monkeypatch, capsys)
    assert code == 2
    assert "to repaint it: nstcam video clip.mp4 painted.mp4; " in error
    assert error.endswith("nstcam --camera clip.mp4\n")


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("missing.png", "missing.png is a picture, not a command"),
        ("missing.MOV", "missing.MOV is a video, not a command"),
        ("cat.gif", "cat.gif is a video, not a command"),
        ("mine.onnx", "nstcam --style mine.onnx"),
        ("starry", "nstcam --style starry"),
        ("1", "nstcam --camera 1"),
        ("screen", "nstcam --camera screen"),
        ("holiday", "nstcam image holiday -o painted"),
        ("rtsp://me:secret@camera/live", "is an address, not a command; to play it live: nstcam --camera URL"),
    ],
)
def test_other_words(folder: Path, word: str, says: str) -> None:
    (folder / "holiday").mkdir()
    meant = command_meant(word)
    assert meant is not None
    assert says in meant
    assert "secret" not in meant


@pytest.mark.parametrize("word", ["dance", "vidoe", "", "a\0b", "text.txt"])
def test_a_misspelt_command_is_left_to_the_usual_line(folder: Path, word: str) -> None:
    (folder / "text.txt").write_text("words")
    assert command_meant(word) is None


def test_a_picture_is_told_by_its_content(folder: Path) -> None:
    cv2.imwrite("photo.jpg", quadrants())
    Path("photo.jpg").rename("photo")
    assert "is a picture" in (command_meant("photo") or "")


def test_a_command_stays_one_beside_a_folder_of_its_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "styles").mkdir()
    assert outcome(main, ("nstcam", "styles"), monkeypatch, capsys)[0] == 0
