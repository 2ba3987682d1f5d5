"""Tests converting pictures with a fake stylizer."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from nstcam.media.pixels import as_8_bits
from nstcam.realtime.errors import NstError, SinkError, SourceError
from nstcam.realtime.frame import Frame
from nstcam.realtime.picture.convert import stylize_image
from nstcam.realtime.stylizing import UNMOVED, Offset
from tests.support.fakes.live import CopyStylizer, PlainStylizer
from tests.support.media.clips import corner_names, quadrants, texture
from tests.support.media.picture_files import load, save

EXIF_TURNED_RIGHT = bytes.fromhex("49492a00080000000100120103000100000006000000" + "00000000")
"""Orientation 6: the stored picture is to be turned clockwise."""


class Break(PlainStylizer):
    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:
        raise NstError("the stylizer broke")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".PNG"])
def test_every_suffix_is_written(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"out{suffix}"
    stylize_image(save(tmp_path / "in.png", quadrants()), target, CopyStylizer())
    assert load(target).shape == (48, 64, 3)
    assert corner_names(as_8_bits(load(target))) == "rgbw"
    assert {path.name for path in tmp_path.iterdir()} == {"in.png", target.name}


def test_exif_orientation_is_applied(tmp_path: Path) -> None:
    stored = np.ascontiguousarray(np.rot90(quadrants()))
    stylize_image(save(tmp_path / "in.jpg", stored, EXIF_TURNED_RIGHT), tmp_path / "out.png", CopyStylizer())
    assert corner_names(as_8_bits(load(tmp_path / "out.png"))) == "rgbw"
    assert load(tmp_path / "out.png").shape == (48, 64, 3)


@pytest.mark.parametrize("exif", [None, EXIF_TURNED_RIGHT])
@pytest.mark.parametrize("deep", [False, True])
def test_alpha_is_carried_over(tmp_path: Path, exif: bytes | None, deep: bool) -> None:
    alpha = np.full((48, 64), 255, np.uint8)
    alpha[:10, :20] = 40
    picture = np.dstack((quadrants(), alpha))
    stored = np.ascontiguousarray(np.rot90(picture) if exif else picture)
    save(tmp_path / "in.png", stored.astype(np.uint16) * 257 if deep else stored, exif)
    for name, kind in (("out.png", np.uint16 if deep else np.uint8), ("out.webp", np.uint8)):
        stylize_image(tmp_path / "in.png", tmp_path / name, CopyStylizer())
        out = as_8_bits(load(tmp_path / name, kind))
        assert np.array_equal(out[:, :, 3], alpha)
        assert corner_names(out[:, :, :3])[1:] == "gbw"


def test_alpha_that_cannot_be_kept_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    save(tmp_path / "in.png", np.dstack((quadrants(), np.full((48, 64), 9, np.uint8))))
    with caplog.at_level(logging.WARNING):
        stylize_image(tmp_path / "in.png", tmp_path / "out.jpg", CopyStylizer())
    assert load(tmp_path / "out.jpg").shape == (48, 64, 3)
    assert "transparent parts become black in out.jpg" in caplog.text


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bits_stay_where_the_original_shows(tmp_path: Path, suffix: str) -> None:
    deep = np.arange(48 * 64 * 3, dtype=np.uint16).reshape(48, 64, 3) * 7
    target = tmp_path / f"out{suffix}"
    stylize_image(save(tmp_path / "in.png", deep), target, CopyStylizer(), strength=0.25)
    # A quarter is painted, in steps of 257; the rest is the original with all its values.
    expected = 0.75 * deep + 0.25 * 257 * np.round(deep / 257)
    assert np.abs(load(target, np.uint16) - expected).max() <= 1


def test_white_and_black_of_16_bits_stay(tmp_path: Path) -> None:
    deep = np.zeros((48, 64, 3), np.uint16)
    deep[:20] = 65535
    stylize_image(save(tmp_path / "in.png", deep), tmp_path / "out.png", CopyStylizer())
    assert np.array_equal(load(tmp_path / "out.png", np.uint16), deep)


def test_8_bit_formats_say_so_when_the_source_has_16(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = save(tmp_path / "in.png", np.full((48, 64), 0x8040, np.uint16))
    with caplog.at_level(logging.WARNING):
        stylize_image(source, tmp_path / "out.webp", CopyStylizer())
    assert np.abs(load(tmp_path / "out.webp").astype(int) - 0x80).max() <= 1
    assert "out.webp has 8 bits per channel, its source 16; write a .png or .tif" in caplog.text


def test_original_colours(tmp_path: Path) -> None:
    class Invert(PlainStylizer):
        def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:
            return 255 - frame

    stylize_image(save(tmp_path / "in.png", quadrants()), tmp_path / "out.png", Invert(), keep_colors=True)
    blue = load(tmp_path / "out.png")[40, 8].astype(int)
    assert blue[0] > blue[1] + 20
    assert blue[2] > 150  # bright now


def test_pictures_too_large_for_networks_that_see_the_whole_are_scaled(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, ...]] = []

    class Note(CopyStylizer):
        def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:
            seen.append(frame.shape)
            return super().stylize(frame)

    monkeypatch.setattr("nstcam.realtime.picture.convert.SCALED_ABOVE", 80 * 60)
    source = save(tmp_path / "in.png", quadrants(120, 160))
    with caplog.at_level(logging.WARNING):
        stylize_image(source, tmp_path / "out.png", Note())
    assert seen == [(60, 80, 3)]
    assert load(tmp_path / "out.png").shape == (120, 160, 3)
    assert "painted at 80x60 and scaled up" in caplog.text
    monkeypatch.setattr("nstcam.realtime.picture.convert.TILED_ABOVE", 80 * 60)
    stylize_image(source, tmp_path / "out.png", Note(), local=True, overwrite=True)
    assert seen[1:] == [(120, 160, 3)]  # one tile
    assert np.array_equal(load(tmp_path / "out.png"), quadrants(120, 160))


@pytest.mark.parametrize(("most", "tiled"), [(60 * 80, False), (60 * 80 - 1, True)])
def test_large_pictures_are_painted_in_tiles_where_each_pixel_knows_its_surroundings_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, tiled: bool
) -> None:
    asked: list[Frame] = []

    def in_tiles(frame: Frame, _: object) -> Frame:
        asked.append(frame)
        return frame

    monkeypatch.setattr("nstcam.realtime.picture.convert.TILED_ABOVE", most)
    monkeypatch.setattr("nstcam.realtime.picture.convert.stylize_tiled", in_tiles)
    for name, local in (("a.png", True), ("b.png", False)):
        stylize_image(save(tmp_path / "in.png", quadrants(60, 80)), tmp_path / name, CopyStylizer(), local=local)
    assert len(asked) == tiled


def test_bad_sources_are_refused_in_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text, nothing, cut = tmp_path / "text.png", tmp_path / "nothing.png", tmp_path / "cut.png"
    text.write_text("not a picture")
    nothing.touch()
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
    cut.write_bytes(save(tmp_path / "noise.png", noise).read_bytes()[:3000])
    small = save(tmp_path / "small.png", quadrants(31, 40))
    before = {path.name for path in tmp_path.iterdir()}
    for source, why in (
        (tmp_path / "missing.png", "not found"),
        (text, "not a picture"),
        (nothing, "0 bytes"),
        (cut, "damaged"),
        (small, "is 40x31, styles need at least 32x32"),
    ):
        with pytest.raises(SourceError, match=why) as caught:
            stylize_image(source, tmp_path / "out.png", CopyStylizer())
        assert str(source) in str(caught.value)
        assert "\n" not in str(caught.value)
    assert {path.name for path in tmp_path.iterdir()} == before
    assert capfd.readouterr().err == ""


def test_targets_are_refused_and_kept(tmp_path: Path) -> None:
    source, there = save(tmp_path / "in.png", quadrants()), tmp_path / "there.png"
    there.write_bytes(b"older")
    for target, overwrite, why in (
        ("there.png", False, "--overwrite"),
        ("in.png", True, "is the source itself"),
        ("out.gif", False, r"must end in one of \.png"),
        ("nowhere/out.png", False, "no folder"),
    ):
        with pytest.raises(SinkError, match=why):
            stylize_image(source, tmp_path / target, CopyStylizer(), overwrite=overwrite)
    with pytest.raises(NstError, match="broke"):
        stylize_image(source, there, Break(), overwrite=True)
    assert there.read_bytes() == b"older"
    assert {path.name for path in tmp_path.iterdir()} == {"in.png", "there.png"}
    stylize_image(source, there, CopyStylizer(), overwrite=True)
    assert corner_names(as_8_bits(load(there))) == "rgbw"


def test_a_picture_too_large_for_its_format_leaves_nothing(tmp_path: Path) -> None:
    save(tmp_path / "in.png", np.zeros((32, 16400, 3), np.uint8))
    with pytest.raises(SinkError, match=r"16400x32 is too large for \.webp"):
        stylize_image(tmp_path / "in.png", tmp_path / "out.webp", CopyStylizer())
    assert {path.name for path in tmp_path.iterdir()} == {"in.png"}


def test_pictures_are_painted_at_the_size_that_the_stroke_scale_asks_for_and_keep_their_own(tmp_path: Path) -> None:
    seen = []

    class Watching(CopyStylizer):
        def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:
            seen.append(frame.shape)
            return super().stylize(frame)

    photo, target = save(tmp_path / "in.png", texture(720, 960)), tmp_path / "out.png"
    for scale in (1, 2, 0.1):
        stylize_image(photo, target, Watching(), stroke_scale=scale, overwrite=True)
        assert load(target).shape == (720, 960, 3)
    assert seen == [(360, 480, 3), (180, 240, 3), (720, 960, 3)]
    assert np.array_equal(load(target), load(photo)), "at its own size nothing is enlarged"


def test_a_dark_picture_is_painted_brighter_if_that_is_asked_for(tmp_path: Path) -> None:
    source = save(tmp_path / "in.png", np.asarray(texture(48, 64) // 4, np.uint8))
    dark, bright = tmp_path / "dark.png", tmp_path / "bright.png"
    stylize_image(source, dark, CopyStylizer())
    stylize_image(source, bright, CopyStylizer(), brighten=True)
    assert (load(dark) == load(source)).all()
    assert load(bright).mean() > 1.5 * load(source).mean()
