"""The folder in which a visitor's own browser paints."""

from __future__ import annotations

import json
import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from nstcam.realtime.cli import app
from nstcam.realtime.errors import NstError, SinkError
from nstcam.realtime.page.visitors.static_folder import FILES, GPU_RUNTIME, RUNTIME, write_static
from nstcam.realtime.style_files.library import find_style
from nstcam.realtime.style_files.style import Style
from tests.support.commands import outcome
from tests.support.fakes.live import FakeStylizer, frame_of


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """What stands for ONNX Runtime's files."""
    folder = tmp_path / "dist"
    folder.mkdir()
    for name in RUNTIME:
        (folder / name).write_text(name)
    return folder


def test_the_folder_holds_all_that_it_loads(tmp_path: Path, runtime: Path) -> None:
    styles = [find_style("starry"), replace(find_style("wave"), int8_path=None)]
    site = tmp_path / "site"
    styles[1] = replace(styles[1], preview="")
    opened = list[str]()

    def open_style(style: Style) -> closing[FakeStylizer]:
        opened.append(style.name)
        return closing(FakeStylizer())

    assert write_static(site, runtime, styles, open_style) == 2
    assert opened == ["wave"], "the other has a picture in its file"
    assert [style["name"] for style in json.loads((site / "styles.json").read_text())] == ["starry", "wave"]
    assert styles[0].int8_path is not None
    assert (site / "styles" / "1.onnx").read_bytes() == styles[0].int8_path.read_bytes()
    assert (site / "styles" / "2.onnx").read_bytes() == styles[1].path.read_bytes()
    assert (site / "styles" / "1.gpu.onnx").read_bytes() == styles[0].path.read_bytes(), "no 8 bits on graphics cards"
    assert [np.asarray(cv2.imread(str(site / "styles" / f"{number}.jpg"))).shape for number in (1, 2)] == [
        (144, 192, 3),
        (240, 320, 3),
    ]
    for name in FILES:
        text = (site / name).read_text(encoding="utf-8")
        for link in re.findall(r"""(?:src|href|from|Worker\(|fetch\() ?=? ?"([\w./-]+)\"""", text):
            assert (site / link).is_file(), f"{name} loads {link}"
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)\w", text), f"{name} loads from elsewhere"
    policy = (site / "index.html").read_text(encoding="utf-8")
    assert "connect-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy


def test_the_runtime_for_graphics_cards_is_taken_where_it_is(tmp_path: Path, runtime: Path) -> None:
    def names(site: Path) -> set[str]:
        write_static(site, runtime, [find_style("starry")], lambda _: closing(FakeStylizer()))
        return {path.name for path in (site / "runtime").iterdir()}

    assert names(tmp_path / "without") == set(RUNTIME)
    for name in GPU_RUNTIME:
        (runtime / name).write_text(name)
    assert names(tmp_path / "with") == {*RUNTIME, *GPU_RUNTIME}


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path, runtime: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "index.html").write_text("mine")
    with pytest.raises(SinkError, match="is not empty; give a folder that does not exist yet"):
        write_static(tmp_path / "mine", runtime, [find_style("starry")], lambda _: closing(FakeStylizer()))
    assert (tmp_path / "mine" / "index.html").read_text() == "mine"


def test_without_the_runtime_a_line_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(NstError, match=r"has no ort\.wasm\.min\.mjs; get it with npm pack onnxruntime-web"):
        write_static(tmp_path / "site", tmp_path, [find_style("starry")], lambda _: closing(FakeStylizer()))
    assert not (tmp_path / "site").exists()


def test_pictures_as_styles_are_left_out(tmp_path: Path, runtime: Path) -> None:
    picture = tmp_path / "painting.png"
    cv2.imwrite(str(picture), frame_of(90))
    with pytest.raises(NstError, match="no style is left"):
        write_static(tmp_path / "site", runtime, [find_style(str(picture))], lambda _: closing(FakeStylizer()))


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--static", "site"), "--static needs --runtime: npm pack onnxruntime-web"),
        (("--runtime", "dist"), "--runtime is for --static DIR"),
    ],
)
def test_a_wrong_command_line(
    words: tuple[str, ...], line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = outcome(app.main, ("nstcam", "serve", *words), monkeypatch, capsys)
    assert code == 2
    assert line in err
