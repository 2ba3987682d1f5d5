"""The programs of examples/ do what their first line says, through the public interface alone."""

from __future__ import annotations

import ast
import runpy
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import nstcam.realtime
from nstcam.realtime.frame import Frame
from tests.support.media.clips import look, write_clip

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(monkeypatch: pytest.MonkeyPatch, name: str, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")


@pytest.fixture
def photo() -> Frame:
    return np.random.default_rng(0).integers(0, 256, (48, 64, 3)).astype(np.uint8)


def test_picture(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, photo: Frame) -> None:
    cv2.imwrite(str(tmp_path / "photo.png"), photo)
    run(monkeypatch, "picture.py", tmp_path / "photo.png", tmp_path / "out.png", "wave")
    painted = cv2.imread(str(tmp_path / "out.png"))
    assert painted is not None
    stylizer = nstcam.realtime.Stylizer(nstcam.realtime.find_style("wave"))
    assert np.array_equal(painted, stylizer.stylize(photo))
    assert np.abs(painted.astype(int) - photo).mean() > 10


def test_picture_names_what_it_cannot_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"none\.png is not a picture"):
        run(monkeypatch, "picture.py", "none.png", tmp_path / "out.png")


def test_clip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_clip(tmp_path / "in.mp4", frames=5, audio="aac")
    run(monkeypatch, "clip.py", source, tmp_path / "out.mp4", "wave")
    before, after = look(source), look(tmp_path / "out.mp4")
    assert after.times == before.times
    assert "aac" in after.codecs
    assert np.abs(after.first.astype(int) - before.first).mean() > 10
    assert "out.mp4: 5 frames" in capsys.readouterr().out


def test_clip_ends_with_a_line_where_the_style_is_unknown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="style stary not found; did you mean starry"):
        run(monkeypatch, "clip.py", "in.mp4", tmp_path / "out.mp4", "stary")


def test_webcam(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A clip plays the camera's part, and the window is looked at before it would be shown."""
    shown: list[Frame] = []
    monkeypatch.setattr(cv2, "imshow", lambda _, frame: shown.append(frame))
    monkeypatch.setattr(cv2, "waitKey", lambda _: 27 if len(shown) == 2 else -1)
    monkeypatch.setattr(cv2, "destroyAllWindows", lambda: None)
    run(monkeypatch, "webcam.py", "wave", write_clip(tmp_path / "camera.mp4", frames=5))
    assert [frame.shape for frame in shown] == [(480, 1280, 3)] * 2
    left, right = shown[0][:, :640].astype(int), shown[0][:, 640:]
    assert np.abs(left - right).mean() > 10


@pytest.mark.parametrize("program", sorted(path.name for path in EXAMPLES.glob("*.py")))
def test_examples_are_short_and_use_the_public_names_only(program: str) -> None:
    text = (EXAMPLES / program).read_text(encoding="utf-8")
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
    ours = [node for node in imports if isinstance(node, ast.ImportFrom)]
    assert [node.module for node in ours] == ["nstcam.realtime"]
    assert {alias.name for alias in ours[0].names} <= set(nstcam.realtime.__all__)
    plain = {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    assert plain <= {"sys", "cv2", "numpy"}
    assert len(text.splitlines()) <= 20
