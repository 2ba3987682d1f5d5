"""Tests which pictures are painted whole, in tiles or smaller, on both sides of the limits, and the defaults."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from nstcam.realtime.frame import Frame
from nstcam.realtime.people.scene import Scene
from nstcam.realtime.people.words import BACKGROUND, STYLE
from nstcam.realtime.picture.convert import Behind, stylize_image
from nstcam.realtime.stylizing import UNMOVED, Offset, Stylizing
from tests.support.fakes.live import FakeStylizer
from tests.support.media.clips import quadrants
from tests.support.media.people import astronaut
from tests.support.media.picture_files import load, save


class Noting(FakeStylizer):
    """Paints 90 everywhere, and notes the sizes of what it is given."""

    def __init__(self) -> None:
        super().__init__(90)
        self.shapes: list[tuple[int, ...]] = []

    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:
        self.shapes.append(frame.shape)
        return super().stylize(frame)


@pytest.fixture
def tiled(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """The sizes of what is painted in tiles."""
    shapes: list[tuple[int, ...]] = []

    def in_tiles(frame: Frame, stylizer: Stylizing) -> Frame:
        shapes.append(frame.shape)
        return stylizer.stylize(frame)

    monkeypatch.setattr("nstcam.realtime.picture.convert.stylize_tiled", in_tiles)
    return shapes


@pytest.mark.parametrize(("limit", "in_tiles"), [(48 * 64 + 1, 0), (48 * 64, 0), (48 * 64 - 1, 1)])
def test_local_styles_paint_in_tiles_above_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiled: list[tuple[int, ...]], limit: int, in_tiles: int
) -> None:
    monkeypatch.setattr("nstcam.realtime.picture.convert.TILED_ABOVE", limit)
    monkeypatch.setattr("nstcam.realtime.picture.convert.SCALED_ABOVE", 1)
    stylizer = Noting()
    stylize_image(save(tmp_path / "in.png", quadrants(48, 64)), tmp_path / "out.png", stylizer, local=True)
    assert (tiled, stylizer.shapes) == (in_tiles * [(48, 64, 3)], [(48, 64, 3)])


@pytest.mark.parametrize(
    ("limit", "frame_hw", "painted_hw"),
    [
        (48 * 64 + 1, (48, 64), None),
        (48 * 64, (48, 64), None),
        (48 * 64 - 1, (48, 64), (47, 63)),
        (48 * 64 // 4 + 512, (48, 64), (32, 41)),  # x 0.645 is 30 lines, less than styles take
        (40 * 160, (80, 320), (40, 160)),
        (40 * 160, (320, 80), (160, 40)),
        (1600, (160, 40), (80, 32)),
    ],
)
def test_other_styles_paint_smaller_above_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiled: list[tuple[int, ...]], caplog: pytest.LogCaptureFixture,
    limit: int, frame_hw: tuple[int, int], painted_hw: tuple[int, int] | None,
) -> None:  # fmt: skip
    monkeypatch.setattr("nstcam.realtime.picture.convert.TILED_ABOVE", 1)
    monkeypatch.setattr("nstcam.realtime.picture.convert.SCALED_ABOVE", limit)
    source, stylizer = save(tmp_path / "in.png", quadrants(*frame_hw)), Noting()
    with caplog.at_level(logging.WARNING):
        stylize_image(source, tmp_path / "out.png", stylizer)
    assert (stylizer.shapes, tiled) == ([(*(painted_hw or frame_hw), 3)], [])
    assert load(tmp_path / "out.png").shape == (*frame_hw, 3)
    assert caplog.messages == [
        f"{source} is {frame_hw[1]}x{frame_hw[0]}, too large for this style in one go: it is painted at "
        f"{hw[1]}x{hw[0]} and scaled up; a lite style paints it at full size"
        for hw in [painted_hw]
        if hw is not None
    ]


def test_the_second_style_has_a_limit_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiled: list[tuple[int, ...]]
) -> None:
    monkeypatch.setattr("nstcam.realtime.picture.convert.TILED_ABOVE", 120 * 160)
    monkeypatch.setattr("nstcam.realtime.picture.convert.SCALED_ABOVE", 120 * 160)
    source, scene = save(tmp_path / "in.png", astronaut()), Scene(BACKGROUND, STYLE)
    for behind, painted, in_tiles in (
        (Behind(Noting()), (120, 160, 3), []),
        (Behind(Noting(), local=True), (240, 320, 3), [(240, 320, 3)]),
    ):
        stylize_image(source, tmp_path / "out.png", FakeStylizer(90), scene=scene, behind=behind, overwrite=True)
        assert isinstance(behind.stylizer, Noting)
        assert (behind.stylizer.shapes, tiled) == ([painted], in_tiles)


def test_a_second_style_has_all_levels_of_sixteen_bits_too(tmp_path: Path) -> None:
    deep = astronaut().astype(np.uint16) * 256 + 77
    for picture, factor in ((deep, 257), (astronaut(), 1)):
        source = save(tmp_path / "in.png", picture)
        scene, behind = Scene(background=STYLE), Behind(FakeStylizer(180))
        stylize_image(source, tmp_path / "out.png", FakeStylizer(90), scene=scene, behind=behind, overwrite=True)
        out = load(tmp_path / "out.png", np.uint16 if factor > 1 else np.uint8)
        assert out[4, 4].tolist() == 3 * [180 * factor]
        assert out[200, 160].tolist() == 3 * [90 * factor]
