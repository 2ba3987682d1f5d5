"""Tests what nstcam styles prints, line by line, and which styles it learns."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import pytest

from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.cli import styles as command
from nstcam.realtime.cli.styles import shown_style, style_record
from nstcam.realtime.errors import StyleError
from nstcam.realtime.style_files.library import find_style, style_of_picture
from nstcam.realtime.style_files.style import Style, read_style
from tests.support.media.clips import quadrants


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "styles"))


def negative(folder: Path, **metadata: str) -> Style:
    return read_style(write_negative_style(folder / "negative.onnx", {f"nst.{k}": v for k, v in metadata.items()}))


def test_a_style_says_what_it_is_and_its_files_have_sums(tmp_path: Path) -> None:
    style = negative(tmp_path, title="The Negative", network="lite")
    digest, size = hashlib.sha256(style.path.read_bytes()).hexdigest(), style.path.stat().st_size
    assert shown_style(replace(style, has_canvas=True, preview="")).splitlines() == [
        "name      negative",
        "title     The Negative",
        "artist    not stated",
        "year      not stated",
        "licence   not stated",
        "network   lite",
        "precision not stated",
        "canvas    moves with the scene",
        "preview   none",
        f"file      {style.path}, {size / 1e6:.2f} MB, SHA-256 {digest}",
    ]
    two = shown_style(replace(style, int8_path=style.path)).splitlines()
    assert two[-2] == two[-1] == f"file      {style.path}, {size / 1e6:.2f} MB, SHA-256 {digest}"
    assert "canvas    none" in two


def test_a_picture_says_where_it_lies() -> None:
    cv2.imwrite("kiss.png", quadrants())
    style = style_of_picture(Path("kiss.png"))
    assert style.painting is not None
    lines = shown_style(style).splitlines()
    assert lines[6] == f"picture   {style.painting.path}"
    assert style.painting.path.name == "kiss.png"


def test_the_record_for_programs_has_plain_paths(tmp_path: Path) -> None:
    style = negative(tmp_path)
    record = style_record(style)
    assert (record["path"], record["int8_path"], record["bundled"]) == (str(style.path), None, False)
    assert not {"painting", "learnt", "preview"} & set(record)
    starry = style_record(find_style("starry"))
    assert (starry["int8_path"], starry["bundled"]) == (str(find_style("starry").int8_path), True)
    assert json.loads(json.dumps(record)) == record


def test_json_is_indented_by_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_negative_style(tmp_path / "negative.onnx")
    for action, names in (("add", ["negative.onnx"]), ("show", ["negative"]), (None, None)):
        command.styles(action, names, as_json=True)
        out = capsys.readouterr().out
        assert out == json.dumps(json.loads(out), indent=1) + "\n"


def test_a_pack_is_called_like_its_first_style_unless_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command.styles("export", ["wave", "neon", "wave"])
    size = (tmp_path / "wave.zip").stat().st_size
    assert capsys.readouterr().out == f"wave.zip: 2 styles, {size / 1e6:.1f} MB\n"
    command.styles("export", ["wave"], output=Path("mine.zip"))
    assert capsys.readouterr().out.startswith("mine.zip: 1 style, ")


class FakeLearning:
    """Learns each picture as the negative, or finds that `failure`."""

    failure = ""

    def __init__(self, seconds: float, notices: Any, _opened: contextlib.ExitStack) -> None:
        assert seconds == 9.0
        self.notices = notices

    def learnt(self, style: Style) -> Style:
        if self.failure:
            self.notices.add(self.failure)
            return style
        return replace(negative(style.path.parent if not style.painting else Path.cwd()), learnt=True)


@pytest.fixture
def learning(monkeypatch: pytest.MonkeyPatch) -> type[FakeLearning]:
    class Learning(FakeLearning):
        pass

    monkeypatch.setattr("nstcam.realtime.cli.running.learn_first.LearnFirst", Learning)
    monkeypatch.setattr("nstcam.realtime.learning.kept.keep", lambda found, name, **_: replace(found, name=name))
    return Learning


def test_a_picture_is_learnt_and_kept_under_its_name(
    learning: type[FakeLearning], capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite("kiss.png", quadrants())
    command.styles("add", ["kiss.png"], learn=9.0)
    out = capsys.readouterr().out
    assert out.startswith("kiss: ")
    assert out.endswith("\ntry it: nstcam --style kiss\n")
    learning.failure = "PyTorch is missing"
    with pytest.raises(StyleError, match=r"^PyTorch is missing$"):
        command.styles("add", ["kiss.png"], learn=9.0)
    Path("kiss.onnx").write_bytes(b"no picture")
    with pytest.raises(StyleError, match=r"^kiss\.onnx is not a picture; --learn learns pictures$"):
        command.styles("add", ["kiss.onnx"], learn=9.0)
