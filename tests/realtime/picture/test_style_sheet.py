"""Tests the sheet of all styles: its command line, and what is drawn on it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.cli import app
from nstcam.realtime.errors import NstError, SinkError, SourceError, StyleError
from nstcam.realtime.picture import style_sheet as sheets
from nstcam.realtime.picture.style_sheet import preview_sheet, style_sheet
from nstcam.realtime.style_files.style_preview import preview_of
from nstcam.realtime.stylizing import Stylizing
from tests.support.commands import outcome
from tests.support.fakes.live import FakeStylizer
from tests.support.models.bundled import bundle_instead


def opener(level: int) -> Callable[[], AbstractContextManager[Stylizing]]:
    return lambda: nullcontext(FakeStylizer(value=level))


def broken() -> AbstractContextManager[Stylizing]:
    raise StyleError("it is damaged")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), np.full((100, 160, 3), 200, np.uint8))
    return path


def test_the_photo_and_each_style_have_a_place(photo: Path, caplog: pytest.LogCaptureFixture) -> None:
    target = photo.with_name("sheet.png")
    with caplog.at_level(logging.WARNING):
        assert style_sheet(photo, target, [("a", opener(10)), ("b", broken), ("c", opener(90))]) == 2
    assert caplog.messages == ["b is left out: it is damaged"]
    sheet = cv2.imread(str(target))
    assert sheet is not None
    assert sheet.shape == (2 * 108 + 8, 168 + 8, 3) or sheet.shape == (2 * 108 + 8, 2 * 168 + 8, 3)
    levels = {int(sheet[y, x, 0]) for y in range(80, sheet.shape[0], 108) for x in range(150, sheet.shape[1], 168)}
    assert {200, 10, 90} <= levels
    assert (sheet[::108] == 255).all(), "white between the rows"


@pytest.mark.parametrize(
    ("hw", "styles", "columns", "rows"),
    [
        ((64, 64), 1, 2, 1), ((64, 64), 2, 2, 2), ((64, 64), 11, 4, 3), ((32, 320), 2, 1, 3), ((320, 32), 2, 3, 1),
        ((64, 64), 3, 2, 2), ((640, 640), 1, 2, 1),
    ],
)  # fmt: skip
def test_the_places_make_about_four_by_three_row_by_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hw: tuple[int, int], styles: int, columns: int, rows: int
) -> None:
    """With 8 white pixels between and around them, and letters of half size or in proportion to the width."""
    labels: list[tuple[str, float]] = []
    monkeypatch.setattr(sheets, "label", lambda _, text, scale: labels.append((text, scale)))
    cv2.imwrite(str(tmp_path / "photo.png"), np.full((*hw, 3), 240, np.uint8))
    openers = [(str(number), opener(20 * number)) for number in range(1, styles + 1)]
    assert style_sheet(tmp_path / "photo.png", tmp_path / "sheet.png", openers) == styles
    sheet = cv2.imread(str(tmp_path / "sheet.png"))
    assert sheet is not None
    height, width = hw
    assert sheet.shape == (8 + rows * (height + 8), 8 + columns * (width + 8), 3)
    for index, level in enumerate([240, *(20 * number for number in range(1, styles + 1))]):
        top, left = 8 + index // columns * (height + 8), 8 + index % columns * (width + 8)
        assert (sheet[top : top + height, left : left + width] == level).all()
        sheet[top : top + height, left : left + width] = 255
    assert (sheet == 255).all()
    assert labels[:2] == [("photo", max(width / 640, 0.5)), ("1", max(width / 640, 0.5))]


def test_names_are_written_on_the_pictures(photo: Path) -> None:
    plain, named = photo.with_name("a.png"), photo.with_name("b.png")
    style_sheet(photo, plain, [("i", opener(200))])
    style_sheet(photo, named, [("wave", opener(200))])
    assert plain.read_bytes() != named.read_bytes()


def test_previews_are_shown_without_opening_their_styles(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    target = tmp_path / "sheet.png"
    grey = preview_of(np.full((240, 320, 3), 60, np.uint8))
    styles = [("a", grey, broken), ("b", "", opener(90)), ("c", "no preview", broken)]
    with caplog.at_level(logging.WARNING):
        assert preview_sheet(target, styles) == 2
    assert caplog.messages == ["c is left out: it is damaged"]
    sheet = cv2.imread(str(target))
    assert sheet is not None
    assert sheet.shape == (2 * (144 + 8) + 8, 2 * (192 + 8) + 8, 3)
    assert [int(sheet[at][0]) for at in ((100, 300), (250, 100))] == pytest.approx([60, 90], abs=2)
    with pytest.raises(SinkError, match="exists already"):
        preview_sheet(target, styles)
    with pytest.raises(SinkError, match="its name must end in one of"):
        preview_sheet(tmp_path / "sheet.pdf", styles)


def test_transparency_is_white(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "clear.png"), np.zeros((64, 64, 4), np.uint8))
    style_sheet(tmp_path / "clear.png", tmp_path / "sheet.png", [("a", opener(10))])
    sheet = cv2.imread(str(tmp_path / "sheet.png"))
    assert sheet is not None
    assert sheet[60, 60].tolist() == [255, 255, 255]


def test_a_large_photo_fits_into_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "CELL_WH", (80, 80))
    cv2.imwrite(str(tmp_path / "photo.png"), np.zeros((300, 400, 3), np.uint8))
    style_sheet(tmp_path / "photo.png", tmp_path / "sheet.png", [("a", opener(10))])
    sheet = cv2.imread(str(tmp_path / "sheet.png"))
    assert sheet is not None
    assert sheet.shape in ((60 + 16, 2 * 88 + 8, 3), (2 * 68 + 8, 80 + 16, 3))


def test_what_cannot_be_done_is_told(photo: Path, tmp_path: Path) -> None:
    with pytest.raises(StyleError, match="it is damaged"):
        style_sheet(photo, tmp_path / "sheet.png", [("a", broken)])
    with pytest.raises(NstError, match="there are no styles"):
        style_sheet(photo, tmp_path / "sheet.png", [])
    (tmp_path / "there.jpg").touch()
    with pytest.raises(SinkError, match="exists"):
        style_sheet(photo, tmp_path / "there.jpg", [("a", opener(1))])
    cv2.imwrite(str(tmp_path / "strip.png"), np.zeros((40, 4000, 3), np.uint8))
    with pytest.raises(SourceError, match=r"strip\.png is 640x6 on the sheet"):
        style_sheet(tmp_path / "strip.png", tmp_path / "sheet.png", [("a", opener(1))])
    assert not (tmp_path / "sheet.png").exists()


def test_a_user_gets_a_sheet(photo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    styles = photo.parent / "styles"
    write_negative_style(styles / "negative.onnx")
    monkeypatch.setenv("NSTCAM_STYLES", str(styles))
    bundle_instead(monkeypatch, photo.parent / "none")
    monkeypatch.chdir(photo.parent)
    words = ("nstcam", "image", "photo.png", "--style", "all", "--device", "cpu")
    code, out, error = outcome(app.main, words, monkeypatch, capsys)
    assert (code, out) == (0, "photo-styles.jpg: 1 style\n"), error
    code, _, error = outcome(app.main, words, monkeypatch, capsys)
    assert (code, "photo-styles.jpg exists already" in error) == (1, True)
    assert outcome(app.main, (*words, "--overwrite"), monkeypatch, capsys)[0] == 0
