"""Tests pictures as styles on the command line of nstcam image and nstcam video."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from nstcam.realtime.cli.app import main
from nstcam.realtime.cli.video import convert_files
from nstcam.realtime.cli.video.batch import Job
from nstcam.realtime.video.convert import VideoReport
from nstcam.train.picture import PHOTOS
from tests.support.commands import outcome
from tests.support.media.clips import write_clip


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "styles"))
    rng = np.random.default_rng(0)
    reds = cv2.resize(rng.integers(0, 90, (12, 16, 3), np.uint8), (160, 120), interpolation=cv2.INTER_NEAREST)
    cv2.imwrite("reds.png", np.clip(reds.astype(int) + np.array((0, 20, 130)), 0, 255).astype(np.uint8))
    cv2.imwrite("blues.png", np.clip(reds.astype(int) + np.array((130, 20, 0)), 0, 255).astype(np.uint8))
    return tmp_path


def run(line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    return outcome(main, ("nstcam", *line.split()), monkeypatch, capsys)


def test_an_image_is_painted_in_the_colours_of_a_picture(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(PHOTOS / "coffee.jpg", "photo.jpg")
    for name in ("reds", "blues"):
        code, out, error = run(f"image photo.jpg in-{name}.png --style {name}.png --device cpu", monkeypatch, capsys)
        assert (code, out, error) == (0, f"in-{name}.png: {name}\n", "")
    blue, _, red = np.asarray(cv2.imread("in-reds.png")).mean((0, 1))
    assert red > blue + 60
    blue, _, red = np.asarray(cv2.imread("in-blues.png")).mean((0, 1))
    assert blue > red + 60


def test_a_video_fades_from_a_style_to_a_picture(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_clip(folder / "in.mp4", frames=6)
    line = "video in.mp4 out.mp4 --style 0:wave --style 0.1:reds.png --fade 0.1 --encoder software --device cpu"
    code, out, error = run(line, monkeypatch, capsys)
    assert code == 0, error
    assert out.startswith("out.mp4: 6 frames")


def test_a_run_is_continued_with_the_same_picture_under_another_name_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_clip(folder / "in.mp4", frames=10)
    options = "--encoder software --device cpu --resume"
    whole, left = convert_files._VideoConverter.whole, [6]

    def in_short_segments(self: convert_files._VideoConverter, job: Job) -> VideoReport:
        """Segments of four frames, and a stop after `left` frames."""

        def stop() -> bool:
            left[0] -= 1
            return left[0] < 0

        return whole(replace(self, stop=stop, settings=replace(self.settings, segment_frames=4)), job)

    monkeypatch.setattr(convert_files._VideoConverter, "whole", in_short_segments)
    assert run(f"video in.mp4 out.mp4 --style reds.png {options}", monkeypatch, capsys)[0] == 130
    left[0] = 1000
    (folder / "moved").mkdir()
    shutil.move("reds.png", "moved/other-name.png")
    shutil.copy("blues.png", "reds.png")
    code, _, error = run(f"video in.mp4 out.mp4 --style reds.png {options}", monkeypatch, capsys)
    assert code == 1
    assert "used styles 0:picture" in error
    code, out, error = run(f"video in.mp4 out.mp4 --style moved/other-name.png {options}", monkeypatch, capsys)
    assert (code, error) == (0, "")
    assert out.startswith("out.mp4: 10 frames")


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "is empty (0 bytes); get the file again"), (b"\x89PNG\r\n\x1a\n", "a.png is "), (None, "a.png not found; ")],
)
def test_what_is_no_picture_gets_one_line(
    folder: Path,
    content: bytes | None,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copy(PHOTOS / "coffee.jpg", "photo.jpg")
    if content is not None:
        (folder / "a.png").write_bytes(content)
    code, out, error = run("image photo.jpg out.png --style a.png", monkeypatch, capsys)
    assert (code, out) == (1, "")
    assert error.startswith("nstcam: ")
    assert says in error
    assert error.count("\n") == 1
