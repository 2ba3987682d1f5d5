"""Tests benchmarks.quality.sharpness on pictures whose edges are known, and its table on a style that inverts."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.quality import sharpness as module
from benchmarks.quality.sharpness import sharpness
from benchmarks.tools.stand_in import write_negative_style
from nstcam.train.picture import PHOTOS
from tests.support.models.bundled import bundle_instead

PHOTO = np.asarray(cv2.imread(str(PHOTOS / "coffee.jpg")), np.uint8)


def test_a_photograph_is_as_sharp_as_itself_with_less_contrast_and_its_negative_the_opposite() -> None:
    assert sharpness(PHOTO, PHOTO) == pytest.approx(1)
    assert sharpness(PHOTO // 2, PHOTO) == pytest.approx(1, abs=0.01)
    assert sharpness(255 - PHOTO, PHOTO) == pytest.approx(-1)


def test_blur_and_texture_cost_sharpness() -> None:
    blurred = [cv2.GaussianBlur(PHOTO, (0, 0), sigma).astype(np.uint8) for sigma in (1, 3)]
    assert 1 > sharpness(blurred[0], PHOTO) > sharpness(blurred[1], PHOTO) > 0
    noise = np.random.default_rng(0).integers(0, 256, PHOTO.shape).astype(np.uint8)
    assert sharpness(noise, PHOTO) == pytest.approx(0, abs=0.05)


def test_an_even_picture_has_no_edges() -> None:
    assert sharpness(np.full_like(PHOTO, 90), PHOTO) == pytest.approx(0)


def test_the_table_compares_painted_with_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle_instead(monkeypatch, write_negative_style(tmp_path / "styles" / "negative.onnx").parent)
    monkeypatch.setattr(sys, "argv", ["sharpness", "--size", "960x720", str(PHOTOS / "coffee.jpg")])
    assert module.main() == 0
    row = [cell.strip() for cell in capsys.readouterr().out.splitlines()[-1].strip("|").split("|")]
    assert row[0] == "negative"
    assert float(row[1]) == pytest.approx(-1, abs=0.01)
    assert 0.85 < float(row[3]) < 1
    assert row[3] == row[4], "there is one photograph"


@pytest.mark.parametrize(("arguments", "code"), [(["--size", "big", "a.jpg"], 2), (["nowhere.jpg"], 1)])
def test_what_cannot_be_measured_is_said(
    arguments: list[str], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["sharpness", *arguments])
    try:
        found: int | str | None = module.main()
    except SystemExit as error:
        found = error.code
    assert found == code
    assert arguments[-1 if code == 1 else 1] in capsys.readouterr().err
