"""Tests the previews in style files: those that are made, and what strangers may have put in their place."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import helper

from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame, resize
from nstcam.realtime.style_files import style_preview
from nstcam.realtime.style_files.contract import LONGEST_PREVIEW
from nstcam.realtime.style_files.library import ORDER, find_style
from nstcam.realtime.style_files.packs import add_styles
from nstcam.realtime.style_files.style import BUNDLED_STYLES, Style, read_style
from nstcam.realtime.style_files.style_preview import (
    KEY,
    SIZE_WH,
    decoded_preview,
    photograph,
    preview_of,
    with_preview,
)
from tests.support.media.clips import texture
from tests.support.models.tiny import write_endless_style, write_model


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's styles are; it does not exist yet."""
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "styles"))
    return tmp_path / "styles"


def as_text(width: int, height: int, suffix: str = ".jpg") -> str:
    """A grey picture of that size as a style file would state it."""
    return base64.b64encode(cv2.imencode(suffix, np.full((height, width, 3), 90, np.uint8))[1].tobytes()).decode()


def far_from(style: Style, painted: Frame) -> float:
    """Levels of 255 between the style's preview and one of this painting of the photograph, on average."""
    preview, right = decoded_preview(style.preview), decoded_preview(preview_of(painted))
    assert preview is not None
    assert right is not None
    assert preview.shape == (SIZE_WH[1], SIZE_WH[0], 3)
    return float(np.abs(preview.astype(int) - right).mean())


def as_painted(name: str) -> Frame:
    with Stylizer(read_style(BUNDLED_STYLES / f"{name}.onnx"), "cpu") as stylizer:
        return stylizer.stylize(photograph())


def test_every_bundled_style_has_a_small_one() -> None:
    styles = [read_style(BUNDLED_STYLES / f"{name}.onnx") for name in ORDER]
    assert all(decoded_preview(style.preview) is not None for style in styles)
    assert len({style.preview for style in styles}) == len(ORDER)
    assert sum(len(style.preview) for style in styles) < 150_000
    assert all(len(base64.b64decode(style.preview)) in range(4_000, 9_000) for style in styles)


@pytest.mark.parametrize("name", [ORDER[0], *(pytest.param(name, marks=pytest.mark.slow) for name in ORDER[1:])])
def test_those_of_bundled_styles_show_what_these_paint_now(name: str) -> None:
    style = find_style(name)
    assert far_from(style, as_painted(name)) < 1, "paint it again: python -m scripts.add_previews"
    if name == ORDER[0]:
        assert far_from(style, as_painted(ORDER[1])) > 20


def test_nothing_but_the_preview_changes_in_a_file() -> None:
    path = BUNDLED_STYLES / "starry.onnx"
    before = onnx.load(path)
    after = onnx.load_from_string(with_preview(path.read_bytes(), path))
    for model in (before, after):
        (entry,) = (entry for entry in model.metadata_props if entry.key == KEY)
        entry.value = ""
    assert after.SerializeToString() == before.SerializeToString()


@pytest.mark.parametrize(
    "text",
    [
        "", "no base64 at all!", "ä", base64.b64encode(b"no picture").decode(), as_text(100, 100, ".png"),
        as_text(4000, 40), as_text(20, 20), as_text(96, 64)[:200], "A" * (LONGEST_PREVIEW + 1),
    ],
    ids=["none", "letters", "ä", "bytes", "png", "wide", "small", "cut", "long"],
)  # fmt: skip
def test_what_is_no_small_jpeg_is_none_and_the_style_paints_all_the_same(text: str, tmp_path: Path, home: Path) -> None:
    path = write_negative_style(tmp_path / "x.onnx", {KEY: text})
    style = find_style(str(path))
    assert decoded_preview(style.preview) is None
    with Stylizer(style, "cpu") as stylizer:
        assert (stylizer.stylize(texture(40, 40)) == 255 - texture(40, 40)).all()
    (added,) = add_styles(path)
    assert far_from(added, 255 - photograph()) < 1
    assert added == find_style("x")


def test_one_that_is_there_is_kept_byte_for_byte(tmp_path: Path, home: Path) -> None:
    path = write_negative_style(tmp_path / "x.onnx", {KEY: as_text(160, 120)})
    add_styles(path)
    assert (home / "x.onnx").read_bytes() == path.read_bytes()
    preview = decoded_preview(find_style("x").preview)
    assert preview is not None
    assert preview.shape == (120, 160, 3)
    assert not preview.flags.writeable


def test_a_picture_as_a_style_has_none_and_its_file_one_of_its_own(tmp_path: Path, home: Path) -> None:
    picture = tmp_path / "mill.png"
    assert cv2.imwrite(str(picture), texture(120, 160))
    style = find_style(str(picture))
    assert style.preview == ""
    (added,) = add_styles(picture)
    with Stylizer(replace(style, int8_path=None), "cpu") as stylizer:
        assert far_from(added, stylizer.stylize(photograph())) < 1


def test_a_style_that_never_ends_gets_none(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style_preview, "_SECONDS", 0.2)
    (added,) = add_styles(write_endless_style(tmp_path / "endless.onnx"))
    assert added.preview == ""
    assert added.path.is_file()


def test_a_style_that_paints_another_size_gets_none(tmp_path: Path, home: Path) -> None:
    starts = helper.make_tensor("starts", onnx.TensorProto.INT64, [1], [0])
    ends = helper.make_tensor("ends", onnx.TensorProto.INT64, [1], [40])
    axes = helper.make_tensor("axes", onnx.TensorProto.INT64, [1], [1])
    nodes = [
        *(helper.make_node("Constant", [], [tensor.name], value=tensor) for tensor in (starts, ends, axes)),
        helper.make_node("Slice", ["frame", "starts", "ends", "axes"], ["stylized"]),
    ]
    write_model(tmp_path / "cut.onnx", nodes, metadata={"nst.contract": "1", "nst.name": "cut"})
    (added,) = add_styles(tmp_path / "cut.onnx")
    assert added.preview == ""


def test_the_photograph_fits_the_previews() -> None:
    assert photograph().shape == (240, 320, 3)
    assert resize(photograph(), SIZE_WH).shape == (144, 192, 3)
