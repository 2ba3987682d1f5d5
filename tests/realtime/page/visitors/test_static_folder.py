"""The folder in which a visitor's own browser paints."""

from __future__ import annotations

import json
import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.cli import app
from nstcam.realtime.errors import NstError, SinkError
from nstcam.realtime.page.contents import own_file
from nstcam.realtime.page.kernel.lite_file import lite_files
from nstcam.realtime.page.visitors.static_folder import FILES, GPU_RUNTIME, RUNTIME, Written, write_static
from nstcam.realtime.style_files.library import find_style
from nstcam.realtime.style_files.style import Style
from tests.support.commands import outcome
from tests.support.fakes.live import FakeStylizer
from tests.support.models.tiny import write_zoo_model


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """What stands for ONNX Runtime's files."""
    folder = tmp_path / "dist"
    folder.mkdir()
    for name in RUNTIME:
        (folder / name).write_text(name)
    return folder


def no_stylizer(style: Style) -> closing[FakeStylizer]:
    """Styles whose files have a picture need not be opened."""
    raise AssertionError(style.name)


def listed(site: Path) -> dict[str, dict[str, str]]:
    """The files of each style, by its name."""
    found = {style["name"]: style["files"] for style in json.loads((site / "styles.json").read_text())}
    for files in found.values():
        assert all((site / file).is_file() for file in files.values())
    return found


def test_the_folder_holds_all_that_it_loads(tmp_path: Path) -> None:
    site = tmp_path / "site"
    written = write_static(site, None, [find_style("starry"), find_style("wave")], no_stylizer)
    assert written == Written(2, {})
    assert listed(site) == {
        "starry": {"lite": "styles/1.lite", "noise": "styles/canvas1.bin"},
        "wave": {"lite": "styles/2.lite", "noise": "styles/canvas1.bin"},
    }, "they share the canvas"
    wave = find_style("wave")
    assert wave.int8_path is not None
    kernel = lite_files(wave.int8_path.read_bytes())
    assert (site / "styles" / "2.lite").read_bytes() == kernel.style
    assert (site / "styles" / "canvas1.bin").read_bytes() == kernel.noise
    assert np.asarray(cv2.imread(str(site / "styles" / "2.jpg"))).shape == (144, 192, 3)
    assert not (site / "runtime").exists()
    for name in FILES:
        if name.endswith(".wasm"):
            continue
        text = (site / name).read_text(encoding="utf-8")
        for link in re.findall(r"""(?:src|href|from|Worker\(|fetch\(|URL\() ?=? ?"(\./[\w./-]+\.\w+)\"""", text):
            assert (site / link).is_file(), f"{name} loads {link}"
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)\w", text), f"{name} loads from elsewhere"
    policy = (site / "index.html").read_text(encoding="utf-8")
    assert "connect-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy


def test_only_the_page_that_paints_may_run_web_assembly() -> None:
    pages = {name: own_file(name).decode() for name in ("alone.html", "live.html", "visit.html")}
    assert [name for name, text in pages.items() if "wasm-unsafe-eval" in text] == ["alone.html"]


def test_styles_of_other_networks_need_the_runtime(tmp_path: Path, runtime: Path) -> None:
    styles = [find_style("starry"), replace(find_style("wave"), int8_path=None, preview="")]
    opened = list[str]()

    def open_style(style: Style) -> closing[FakeStylizer]:
        opened.append(style.name)
        return closing(FakeStylizer())

    needs = "needs ONNX Runtime in the browser; get it with npm pack onnxruntime-web && tar xzf onnxruntime-web-*.tgz, "
    needs += "then --runtime package/dist"
    assert write_static(tmp_path / "without", None, styles, open_style) == Written(1, {"wave": needs})
    assert list(listed(tmp_path / "without")) == ["starry"]
    assert write_static(tmp_path / "with", runtime, styles, open_style) == Written(2, {})
    assert listed(tmp_path / "with")["wave"] == {"wasm": "styles/2.onnx"}
    assert (tmp_path / "with" / "styles" / "2.onnx").read_bytes() == styles[1].path.read_bytes()
    assert np.asarray(cv2.imread(str(tmp_path / "with" / "styles" / "2.jpg"))).shape == (240, 320, 3)
    assert opened == ["wave"], "the other has a picture in its file"
    with pytest.raises(
        NstError, match="no style is left for the folder: wave needs ONNX Runtime in the browser; get it"
    ):
        write_static(tmp_path / "nothing", None, styles[1:], open_style)
    assert not (tmp_path / "nothing").exists()


def test_eight_bits_that_the_kernel_cannot_paint_are_left_to_the_runtime(tmp_path: Path, runtime: Path) -> None:
    style = find_style("wave")
    other = replace(style, int8_path=style.path)
    assert write_static(tmp_path / "with", runtime, [other], no_stylizer) == Written(1, {})
    assert listed(tmp_path / "with")["wave"] == {"wasm": "styles/1.onnx"}


def test_the_runtime_for_graphics_cards_is_taken_where_it_is(tmp_path: Path, runtime: Path) -> None:
    def names(site: Path) -> set[str]:
        write_static(site, runtime, [find_style("starry")], no_stylizer)
        return {path.name for path in (site / "runtime").iterdir()}

    assert names(tmp_path / "without") == set(RUNTIME)
    assert "webgpu" not in listed(tmp_path / "without")["starry"]
    for name in GPU_RUNTIME:
        (runtime / name).write_text(name)
    assert names(tmp_path / "with") == {*RUNTIME, *GPU_RUNTIME}
    files = listed(tmp_path / "with")["starry"]
    assert set(files) == {"lite", "noise", "webgpu"}
    floats = find_style("starry").path.read_bytes()
    assert (tmp_path / "with" / files["webgpu"]).read_bytes() == floats, "no 8 bits on graphics cards"


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path, runtime: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "index.html").write_text("mine")
    with pytest.raises(SinkError, match="is not empty; give a folder that does not exist yet"):
        write_static(tmp_path / "mine", runtime, [find_style("starry")], no_stylizer)
    assert (tmp_path / "mine" / "index.html").read_text() == "mine"


def test_without_the_runtime_a_line_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(NstError, match=r"has no ort\.wasm\.min\.mjs; get it with npm pack onnxruntime-web"):
        write_static(tmp_path / "site", tmp_path, [find_style("starry")], no_stylizer)
    assert not (tmp_path / "site").exists()


def test_a_picture_is_a_style_in_its_colours(tmp_path: Path, runtime: Path) -> None:
    for name in GPU_RUNTIME:
        (runtime / name).write_text(name)
    picture = tmp_path / "painting.png"
    cv2.imwrite(str(picture), np.tile(np.arange(0, 256, 4, dtype=np.uint8)[:, None, None], (1, 64, 3)))
    style = find_style(str(picture))
    assert style.painting is not None
    assert style.int8_path is not None
    site = tmp_path / "site"
    assert write_static(site, runtime, [style], lambda _: closing(FakeStylizer())) == Written(1, {})
    files = listed(site)["painting"]
    eight, floats = (style.painting.inscribed(path.read_bytes()) for path in (style.int8_path, style.path))
    assert (site / files["lite"]).read_bytes() == lite_files(eight).style
    assert (site / files["webgpu"]).read_bytes() == floats
    assert np.asarray(cv2.imread(str(site / "styles" / "1.jpg"))).shape == (240, 320, 3), (
        "painted, not its strokes' own"
    )


def test_models_of_other_programs_get_our_ports_if_they_take_any_size(tmp_path: Path, runtime: Path) -> None:
    free, fixed = (
        find_style(str(write_zoo_model(tmp_path / f"{name}.onnx", 255, size, only=name == "fixed")))
        for name, size in (("free", "side"), ("fixed", 224))
    )
    site = tmp_path / "site"
    written = write_static(site, runtime, [free, fixed], lambda _: closing(FakeStylizer()))
    assert written == Written(1, {"fixed": "takes pictures of one size only"})
    model = onnx.load(str(site / listed(site)["free"]["wasm"]))
    assert (model.graph.input[0].name, model.graph.output[0].name) == ("frame", "stylized")


def test_a_runtime_without_a_folder_is_a_wrong_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = outcome(app.main, ("nstcam", "serve", "--runtime", "dist"), monkeypatch, capsys)
    assert code == 2
    assert "--runtime is for --static DIR" in err


def test_the_command_needs_no_runtime(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site, other = tmp_path / "site", tmp_path / "other.onnx"
    write_negative_style(other)
    words = ("nstcam", "serve", "--static", str(site), "--only", "starry", "--only", str(other))
    code, out, err = outcome(app.main, words, monkeypatch, capsys)
    assert code == 0, err
    assert out == f"{site}: 1 styles; to try it: python -m http.server --bind 127.0.0.1 --directory {site}\n"
    assert "left out: other needs ONNX Runtime in the browser; get it with npm pack onnxruntime-web" in err
    assert list(listed(site)) == ["starry"]
