"""Tests what picture files hold besides 8-bit RGB: depth, transparency, orientation, colour profiles."""

from __future__ import annotations

import logging
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from nstcam.media.pixels import Picture, Pixels
from nstcam.realtime.errors import SourceError
from nstcam.realtime.picture.file import read_picture, write_picture
from tests.support.media.clips import corner_names, quadrants

RNG = np.random.default_rng(3)


def profile(space: bytes = b"RGB ") -> bytes:
    """An ICC profile of a display in that colour space, with one tag: its copyright, which is noise."""
    head = bytearray(128)
    head[8:12], head[12:16], head[16:20], head[20:24], head[36:40] = b"\2\x10\0\0", b"mntr", space, b"XYZ ", b"acsp"
    head[68:80] = struct.pack(">3i", 63190, 65536, 54061)  # white of the connection space, D50
    text = b"text\0\0\0\0" + np.random.default_rng(4).integers(1, 127, 112, np.uint8).tobytes()
    tags = struct.pack(">I4sII", 1, b"cprt", 144, len(text))
    head[0:4] = struct.pack(">I", 144 + len(text))
    return bytes(head) + tags + text


def noise(kind: type[np.uint8 | np.uint16], channels: int) -> Pixels:
    return RNG.integers(1, np.iinfo(kind).max, (40, 50, channels)).astype(kind)


def exif(orientation: int) -> bytes:
    return b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0" + struct.pack("<I", orientation) + bytes(4)


def stored_as(picture: Pixels, orientation: int) -> Pixels:
    """How a camera stores an upright picture under that EXIF orientation."""
    over = picture.swapaxes(0, 1)
    turned = {
        1: picture, 2: picture[:, ::-1], 3: picture[::-1, ::-1], 4: picture[::-1],
        5: over, 6: np.rot90(picture), 7: over[::-1, ::-1], 8: np.rot90(picture, -1),
    }  # fmt: skip
    return np.ascontiguousarray(turned[orientation])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_pictures_are_upright_with_their_transparency(
    tmp_path: Path, orientation: int, kind: type[np.uint8 | np.uint16], suffix: str
) -> None:
    upright = noise(kind, 4)
    stored, path = stored_as(upright, orientation), tmp_path / f"in{suffix}"
    if suffix == ".tif":
        if kind is np.uint8:
            stored[..., 3] = upright[..., 3] = 255  # see the next test
        tag = (274, "H", 1, orientation, True)
        rgba = cv2.cvtColor(stored, cv2.COLOR_BGRA2RGBA)
        tifffile.imwrite(path, rgba, photometric="rgb", extrasamples=["unassalpha"], extratags=[tag])
    else:
        data = cv2.imencodeWithMetadata(
            ".png", stored, [cv2.IMAGE_METADATA_EXIF], [np.frombuffer(exif(orientation), np.uint8)]
        )[1]
        path.write_bytes(data.tobytes())
    picture = read_picture(path)
    assert np.array_equal(picture.pixels, upright[..., :3])
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, upright[..., 3])


def test_colours_under_a_half_clear_tiff_are_not_darkened(tmp_path: Path) -> None:
    whole = np.dstack((quadrants(), np.full((48, 64), 128, np.uint8)))
    rgba = cv2.cvtColor(whole, cv2.COLOR_BGRA2RGBA)
    tifffile.imwrite(tmp_path / "in.tif", rgba, photometric="rgb", extrasamples=["unassalpha"])
    picture = read_picture(tmp_path / "in.tif")
    assert np.abs(picture.pixels.astype(int) - quadrants()).max() <= 2


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".avif", ".tif"])
def test_profiles_come_back(tmp_path: Path, suffix: str, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / f"a{suffix}"
    write_picture(path, Picture(quadrants(), icc=profile()))
    picture = read_picture(path)
    assert picture.icc == profile()
    assert corner_names(picture.pixels.astype(np.uint8)) == "rgbw"
    assert caplog.text == ""


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_tiff_keeps_everything_at_once(tmp_path: Path, kind: type[np.uint8 | np.uint16]) -> None:
    pixels, alpha = noise(kind, 3), np.full_like(noise(kind, 1)[..., 0], np.iinfo(kind).max)
    alpha[:9] = np.iinfo(kind).max // 3
    pixels[:9] = 0  # 8 bits under a half clear place are rounded by libtiff
    write_picture(tmp_path / "a.tif", Picture(pixels, alpha, profile()))
    picture = read_picture(tmp_path / "a.tif")
    assert np.array_equal(picture.pixels, pixels)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, alpha)
    assert picture.icc == profile()


def test_profiles_that_do_not_fit_are_left_out_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ink = RNG.integers(0, 255, (40, 50, 4), np.uint8)
    tifffile.imwrite(tmp_path / "ink.tif", ink, photometric="separated", iccprofile=profile(b"CMYK"))
    with caplog.at_level(logging.WARNING):
        picture = read_picture(tmp_path / "ink.tif")
    assert (picture.icc, picture.alpha, picture.pixels.shape) == (None, None, (40, 50, 3))
    assert "profile of" in caplog.text
    assert "is for CMYK instead of RGB and is left out" in caplog.text


def test_damaged_profiles_do_not_cost_the_picture(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    broken = bytearray(profile())
    broken[0:4] = b"\xff\xff\xff\xff"
    with caplog.at_level(logging.WARNING):
        write_picture(tmp_path / "a.png", Picture(quadrants(), icc=bytes(broken)))
    assert "profile is damaged and is left out of a.png" in caplog.text
    assert corner_names(read_picture(tmp_path / "a.png").pixels.astype(np.uint8)) == "rgbw"


def test_what_bmp_cannot_hold_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        write_picture(tmp_path / "a.bmp", Picture(quadrants(), np.zeros((48, 64), np.uint8), profile()))
    assert read_picture(tmp_path / "a.bmp").alpha is None
    assert "transparent parts become black in a.bmp" in caplog.text
    assert "profile is lost" in caplog.text


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("suffix", [".jpg", ".bmp"])
def test_hidden_colours_do_not_come_out(
    tmp_path: Path, suffix: str, kind: type[np.uint8 | np.uint16], caplog: pytest.LogCaptureFixture
) -> None:
    """In a format without transparency, what is transparent becomes black, and what is half so half as bright."""
    white = np.iinfo(kind).max
    alpha = np.full((48, 64), white, kind)
    alpha[:, :16], alpha[:, 16:32] = 0, white // 2
    path = tmp_path / f"a{suffix}"
    write_picture(path, Picture(np.full((48, 64, 3), white, kind), alpha))
    seen = read_picture(path).pixels.astype(int)
    assert seen[:, :12].max() <= 3
    assert np.abs(seen[:, 20:28] - 127).max() <= 4
    assert seen[:, 36:].min() >= 252
    assert [m for m in caplog.messages if "transparent" in m] == [
        f"transparent parts become black in a{suffix}; write a .png, .webp or .tif to keep it transparent"
    ]


def test_alpha_that_hides_nothing_is_not_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_picture(tmp_path / "a.bmp", Picture(quadrants(), np.full((48, 64), 255, np.uint8)))
    assert np.array_equal(read_picture(tmp_path / "a.bmp").pixels, quadrants())
    assert not caplog.messages


@pytest.mark.parametrize("suffix", [".webp", ".png", ".gif", ".avif"])
def test_an_animation_is_called_that(tmp_path: Path, suffix: str, caplog: pytest.LogCaptureFixture) -> None:
    animation, path = cv2.Animation(), tmp_path / f"cat{suffix}"
    animation.frames, animation.durations = [quadrants(), 255 - quadrants()], [100, 100]
    assert cv2.imwriteanimation(str(path), animation)
    with caplog.at_level(logging.WARNING):
        assert corner_names(np.asarray(read_picture(path).pixels, np.uint8)) == "rgbw"
    assert f"cat{suffix} is an animation; only its first frame is painted" in caplog.text


@pytest.mark.parametrize(("bits", "kind"), [(1, np.uint8), (4, np.uint8), (8, np.uint8), (16, np.uint16)])
def test_a_level_of_grey_that_is_clear_stays_clear(tmp_path: Path, bits: int, kind: type[np.uint8 | np.uint16]) -> None:
    """A file as programs write it that make PNGs small: black letters on nothing."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    levels = np.zeros((40, 48), np.uint16)
    levels[:, 24:] = 1 if bits == 1 else 9
    places = np.arange(bits)[::-1]
    rows = b"".join(b"\0" + np.packbits(row[:, None] >> places & 1).tobytes() for row in levels)
    head = struct.pack(">IIBBBBB", 48, 40, bits, 0, 0, 0, 0)
    clear = chunk(b"tRNS", struct.pack(">H", int(levels[0, -1])))
    path = tmp_path / "sign.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + clear + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )
    picture = read_picture(path)
    assert picture.alpha is not None
    assert picture.alpha.dtype == picture.pixels.dtype == kind
    assert (picture.alpha[:, 24:] == 0).all()
    assert (picture.alpha[:, :24] == np.iinfo(kind).max).all()


def test_a_picture_of_animals_is_no_animation(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path, words = tmp_path / "zoo.jpg", b"ANIMALS"
    jpeg = cv2.imencode(".jpg", quadrants())[1].tobytes()
    path.write_bytes(jpeg[:2] + b"\xff\xfe" + struct.pack(">H", 2 + len(words)) + words + jpeg[2:])
    read_picture(path)
    assert caplog.text == ""


def test_samples_that_are_no_levels_are_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((40, 50, 3), np.float32), photometric="rgb")
    with pytest.raises(SourceError, match="holds float32 values; save it with 8 or 16 bits"):
        read_picture(tmp_path / "a.tif")


def test_damaged_tags_do_not_cost_the_picture(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Bytes of a TIFF changed at random: it is read or refused, and tifffile keeps quiet."""
    path, dice, read = tmp_path / "a.tif", np.random.default_rng(6), 0
    write_picture(path, Picture(quadrants(), np.full((48, 64), 9, np.uint8), profile()))
    whole = np.fromfile(path, np.uint8)
    for _ in range(150):
        damaged = whole.copy()
        damaged[dice.integers(4, len(whole), 4)] = dice.integers(0, 256, 4)
        damaged.tofile(path)
        with suppress(SourceError):
            read += read_picture(path).pixels.shape[2] == 3
    assert 30 < read < 150
    assert "tifffile" not in {record.name for record in caplog.records}


def test_avif_is_written_with_its_transparency(tmp_path: Path) -> None:
    alpha = np.repeat(np.linspace(0, 255, 64).astype(np.uint8)[None], 48, 0)
    write_picture(tmp_path / "a.avif", Picture(quadrants(), alpha))
    picture = read_picture(tmp_path / "a.avif")
    assert corner_names(np.asarray(picture.pixels, np.uint8)) == "rgbw"
    assert picture.alpha is not None
    assert np.abs(picture.alpha.astype(int) - alpha).max() <= 4
