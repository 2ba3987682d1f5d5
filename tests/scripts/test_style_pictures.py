"""Tests that the drawn style pictures are reproducible and have the features that their styles are trained for."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from scripts.style_pictures import __main__ as script
from scripts.style_pictures.__main__ import PICTURES, draw
from scripts.style_pictures.fields import Field, flow, stripes

drawn = cache(draw)  # seconds each, so what looks at whole pictures is slow


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "WIDTH", 256)
    monkeypatch.setattr(script, "HEIGHT", 192)


def lab(name: str) -> Field:
    return cv2.cvtColor(drawn(name).astype(np.float32) / 255, cv2.COLOR_RGB2Lab).astype(np.float32)


def chroma(name: str) -> Field:
    return np.hypot(lab(name)[..., 1], lab(name)[..., 2])


def share(mask: NDArray[np.bool_]) -> float:
    return float(mask.mean())


@pytest.mark.slow
@pytest.mark.parametrize("name", PICTURES)
def test_size_and_whole_range_from_black_to_white(name: str) -> None:
    assert drawn(name).shape == (768, 1024, 3)
    assert drawn(name).dtype == np.uint8
    tone = lab(name)[..., 0]
    low, high = np.percentile(tone, (2, 98))
    assert low < 25
    assert high > 75
    assert tone.std() > 18


@pytest.mark.slow
@pytest.mark.parametrize("name", PICTURES)
def test_lines_run_every_way(name: str) -> None:
    tone = lab(name)[..., 0]
    gx, gy = cv2.Sobel(tone, cv2.CV_32F, 1, 0), cv2.Sobel(tone, cv2.CV_32F, 0, 1)
    sectors = np.histogram(np.mod(np.arctan2(gy, gx), np.pi), 6, (0, np.pi), weights=np.hypot(gx, gy))[0]
    assert sectors.min() / sectors.sum() > 0.08  # an even share is 0.17


@pytest.mark.slow
@pytest.mark.parametrize("name", ["woodcut", "pencil"])
def test_black_and_white_ones_have_no_colours(name: str) -> None:
    assert chroma(name).max() < 30
    assert 0.25 < share(lab(name)[..., 0] < 60) < 0.75


@pytest.mark.slow
def test_woodcut_is_two_inks_and_pencil_is_greys() -> None:
    inks = lab("woodcut")[..., 0]
    assert share((inks < 15) | (inks > 85)) > 0.7  # the rest are the soft edges of many lines
    greys = np.histogram(lab("pencil")[..., 0], 8, (8, 98))[0] / inks.size
    assert greys.min() > 0.02


@pytest.mark.slow
@pytest.mark.parametrize(("name", "black", "flats"), [("comic", 0.2, 7), ("pop", 0.2, 5)])
def test_flat_colours_between_black_lines(name: str, black: float, flats: int) -> None:
    assert share(lab(name)[..., 0] < 15) > black
    _, counts = np.unique(drawn(name).reshape(-1, 3), axis=0, return_counts=True)
    most = np.argsort(counts)[::-1][:12]
    assert sum(counts[most] > 0.008 * 768 * 1024) >= flats
    assert counts[most].sum() > 0.7 * 768 * 1024
    assert share(chroma(name) > 35) > 0.3


@pytest.mark.slow
@pytest.mark.parametrize(("name", "hues"), [("comic", 3), ("pop", 3), ("glass", 5), ("neon", 4)])
def test_hues_have_good_shares(name: str, hues: int) -> None:
    picture = lab(name)
    vivid = chroma(name) > 30
    angles = np.mod(np.degrees(np.arctan2(picture[..., 2], picture[..., 1])), 360)[vivid]
    counts = np.histogram(angles, 12, (0, 360))[0] / vivid.size
    assert sum(counts > 0.01) >= hues


@pytest.mark.slow
def test_glass_has_wide_dark_leads_between_panes() -> None:
    dark = lab("glass")[..., 0] < 15
    assert 0.15 < share(dark) < 0.4
    assert share(chroma("glass") > 40) > 0.35
    panes, _, stats, _ = cv2.connectedComponentsWithStats((~dark).astype(np.uint8), connectivity=4)
    assert 120 < np.count_nonzero(stats[1:, cv2.CC_STAT_AREA] > 300) < panes


@pytest.mark.slow
def test_neon_is_mostly_night_with_bright_tubes() -> None:
    tone = lab("neon")[..., 0]
    assert share(tone < 25) > 0.4
    assert 0.05 < share((tone > 50) & (chroma("neon") > 40)) < 0.4


@pytest.mark.parametrize("name", PICTURES)
def test_a_seed_gives_the_same_picture_and_another_seed_another(name: str, small: None) -> None:
    first = draw(name, 1)
    assert first.shape == (192, 256, 3)
    assert np.array_equal(draw(name, 1), first)
    assert not np.array_equal(draw(name, 2), first)


def test_stripes_follow_the_angle() -> None:
    angle = np.full((96, 96), 0.6, np.float32)
    found = flow(stripes(angle, 9, np.random.default_rng(0), 6), 6)[20:-20, 20:-20]
    assert np.abs(np.mod(found - 0.6 + np.pi / 2, np.pi) - np.pi / 2).mean() < 0.15


def test_the_script_writes_what_is_asked_for(tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["style_pictures", str(tmp_path / "new"), "--only", "glass"])
    script.main()
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["glass.png"]
    written = cv2.imread(str(tmp_path / "new" / "glass.png"))
    assert written is not None
    assert np.array_equal(written[..., ::-1], draw("glass"))


@pytest.mark.parametrize(
    ("words", "code", "said"), [(["--seed", "-3"], 2, "--seed -3: must be 0 or more"), ([], 1, "cannot be written")]
)
def test_bad_input_gets_a_line(
    words: list[str],
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(sys, "argv", ["style_pictures", str(tmp_path / "file"), *words])
    with pytest.raises(SystemExit) as left:
        script.main()
    assert left.value.code == code
    assert said in capsys.readouterr().err
