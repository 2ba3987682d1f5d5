"""Pictures through a stand-in stylizer."""

from __future__ import annotations

import logging
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from realtime.errors import NstError, SinkError, SourceError
from realtime.frame import Frame, check_frame
from realtime.image import stylize_image
from tests.clips import corner_names, quadrants

EXIF_TURNED_RIGHT = bytes.fromhex("49492a00080000000100120103000100000006000000" + "00000000")
"""Orientation 6: the stored picture is to be turned clockwise."""


class Copy:
    def stylize(self, frame: Frame) -> Frame:
        check_frame(frame)
        return frame.copy()


class Break:
    def stylize(self, frame: Frame) -> Frame:
        raise NstError("the stylizer broke")


def save(path: Path, picture: NDArray[np.uint8 | np.uint16], exif: bytes | None = None) -> Path:
    if exif is None:
        assert cv2.imwrite(str(path), picture)
        return path
    data = cv2.imencodeWithMetadata(path.suffix, picture, [cv2.IMAGE_METADATA_EXIF], [np.frombuffer(exif, np.uint8)])[1]
    path.write_bytes(data.tobytes())
    return path


def load(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    assert picture.dtype == np.uint8
    return picture.astype(np.uint8, copy=False)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".PNG"])
def test_every_suffix_is_written(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"out{suffix}"
    stylize_image(save(tmp_path / "in.png", quadrants()), target, Copy())
    assert load(target).shape == (48, 64, 3)
    assert corner_names(load(target)) == "rgbw"
    assert {path.name for path in tmp_path.iterdir()} == {"in.png", target.name}


def test_exif_orientation_is_applied(tmp_path: Path) -> None:
    stored = np.ascontiguousarray(np.rot90(quadrants()))
    stylize_image(save(tmp_path / "in.jpg", stored, EXIF_TURNED_RIGHT), tmp_path / "out.png", Copy())
    assert corner_names(load(tmp_path / "out.png")) == "rgbw"
    assert load(tmp_path / "out.png").shape == (48, 64, 3)


@pytest.mark.parametrize("exif", [None, EXIF_TURNED_RIGHT])
@pytest.mark.parametrize("deep", [False, True])
def test_alpha_is_carried_over(tmp_path: Path, exif: bytes | None, deep: bool) -> None:
    alpha = np.full((48, 64), 255, np.uint8)
    alpha[:10, :20] = 40
    picture = np.dstack((quadrants(), alpha))
    stored = np.ascontiguousarray(np.rot90(picture) if exif else picture)
    save(tmp_path / "in.png", stored.astype(np.uint16) * 257 if deep else stored, exif)
    for name in ("out.png", "out.webp"):
        stylize_image(tmp_path / "in.png", tmp_path / name, Copy())
        assert np.array_equal(load(tmp_path / name)[:, :, 3], alpha)
        assert corner_names(load(tmp_path / name)[:, :, :3])[1:] == "gbw"


def test_alpha_that_cannot_be_kept_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    save(tmp_path / "in.png", np.dstack((quadrants(), np.full((48, 64), 9, np.uint8))))
    with caplog.at_level(logging.WARNING):
        stylize_image(tmp_path / "in.png", tmp_path / "out.jpg", Copy())
    assert load(tmp_path / "out.jpg").shape == (48, 64, 3)
    assert "transparency" in caplog.text


@pytest.mark.parametrize("shape", [(48, 64), (48, 64, 3)])
def test_16_bits_become_8(tmp_path: Path, shape: tuple[int, ...]) -> None:
    save(tmp_path / "in.png", np.full(shape, 0x8040, np.uint16))
    stylize_image(tmp_path / "in.png", tmp_path / "out.png", Copy())
    assert load(tmp_path / "out.png").shape == (48, 64, 3)
    assert np.abs(load(tmp_path / "out.png").astype(int) - 0x80).max() <= 1


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
            stylize_image(source, tmp_path / "out.png", Copy())
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
            stylize_image(source, tmp_path / target, Copy(), overwrite=overwrite)
    with pytest.raises(NstError, match="broke"):
        stylize_image(source, there, Break(), overwrite=True)
    assert there.read_bytes() == b"older"
    assert {path.name for path in tmp_path.iterdir()} == {"in.png", "there.png"}
    stylize_image(source, there, Copy(), overwrite=True)
    assert corner_names(load(there)) == "rgbw"


def test_a_picture_too_large_for_its_format_leaves_nothing(tmp_path: Path) -> None:
    save(tmp_path / "in.png", np.zeros((32, 16400, 3), np.uint8))
    with pytest.raises(SinkError, match=r"16400x32 is too large for \.webp"):
        stylize_image(tmp_path / "in.png", tmp_path / "out.webp", Copy())
    assert {path.name for path in tmp_path.iterdir()} == {"in.png"}
