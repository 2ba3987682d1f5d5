"""Tests TIFF files as other programs write them: tifffile writes them, decode_picture reads them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from nstcam.media.decode import decode_picture
from nstcam.media.pixels import Picture, PictureError
from tests.support.media.lzw import lzw

RNG = np.random.default_rng(8)
KINDS = [np.uint8, np.uint16]
COMPRESSIONS = [None, "zlib", "lzw"]


def tiff(levels: NDArray[Any], compression: str | None = None, **how: Any) -> bytes:
    file = BytesIO()
    tifffile.imwrite(file, levels, compression=None if compression == "lzw" else compression, metadata=None, **how)
    return with_lzw(file.getvalue()) if compression == "lzw" else file.getvalue()


def with_lzw(plain: bytes, compress: Callable[[bytes], bytes] = lzw, number: int = 5) -> bytes:
    """The same TIFF with its strips compressed, in another way if one is given with its number."""
    file = BytesIO(plain)
    with tifffile.TiffFile(file) as opened:
        tags = opened.pages.first.tags
        where = [(tag.offset, tag.valueoffset, tag.count, tag.dtype) for tag in (tags[273], tags[279], tags[259])]
        offsets, counts = opened.pages.first.dataoffsets, opened.pages.first.databytecounts
        order = opened.byteorder
    out = bytearray(plain)
    places, sizes = [], []
    for offset, count in zip(offsets, counts, strict=True):
        strip = compress(plain[offset : offset + count])
        out += bytes(len(out) % 2)
        places.append(len(out))
        sizes.append(len(strip))
        out += strip
    for (entry, _, _, _), values in zip(where, (places, sizes, [number]), strict=True):
        packed = struct.pack(f"{order}{len(values)}I", *values)
        struct.pack_into(f"{order}HI", out, entry + 2, 4, len(values))
        if len(values) > 1:
            packed, at = struct.pack(f"{order}I", len(out)), packed
            out += at
        out[entry + 8 : entry + 12] = packed
    return bytes(out)


def read(data: bytes) -> Picture:
    return decode_picture(np.frombuffer(data, np.uint8))


def noise(kind: type, *shape: int) -> NDArray[Any]:
    return RNG.integers(0, np.iinfo(kind).max, shape, kind, endpoint=True)


def grey(levels: NDArray[Any]) -> NDArray[Any]:
    return np.repeat(levels[..., None], 3, 2)


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("channels", [3, 4])
def test_separate_planes(kind: type, channels: int, compression: str | None) -> None:
    levels = noise(kind, 40, 51, channels)
    extra = ["unassalpha"] if channels == 4 else None
    planes = np.ascontiguousarray(np.moveaxis(levels, -1, 0))
    picture = read(
        tiff(planes, compression, photometric="rgb", planarconfig="separate", extrasamples=extra, rowsperstrip=9)
    )
    assert picture.pixels.dtype == kind
    assert np.array_equal(picture.pixels, levels[..., 2::-1])
    assert (picture.alpha is None) == (channels == 3)
    if channels == 4:
        assert np.array_equal(np.asarray(picture.alpha), levels[..., 3])


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_white_is_zero(kind: type, compression: str | None) -> None:
    levels = noise(kind, 40, 51)
    picture = read(tiff(levels, compression, photometric="miniswhite"))
    assert np.array_equal(picture.pixels, np.iinfo(kind).max - grey(levels))
    assert picture.alpha is None


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_grey_with_alpha(kind: type, compression: str | None) -> None:
    levels = noise(kind, 40, 51, 2)
    picture = read(tiff(levels, compression, photometric="minisblack", extrasamples=["unassalpha"]))
    assert np.array_equal(picture.pixels, grey(levels[..., 0]))
    assert np.array_equal(np.asarray(picture.alpha), levels[..., 1])


@pytest.mark.parametrize("kind", KINDS)
def test_colours_beside_their_alpha_are_exact(kind: type) -> None:
    """libtiff multiplies 8-bit colours by their alpha, which loses what lies under the clear parts."""
    levels = noise(kind, 40, 51, 4)
    picture = read(tiff(levels, photometric="rgb", extrasamples=["unassalpha"]))
    assert np.array_equal(picture.pixels, levels[..., 2::-1])
    assert np.array_equal(np.asarray(picture.alpha), levels[..., 3])


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_colours_multiplied_by_their_alpha_are_divided(kind: type, channels: int) -> None:
    white = np.iinfo(kind).max
    colours, alpha = noise(kind, 40, 51, channels), noise(kind, 40, 51) // 2 + white // 2
    alpha[:5] = 0
    stored: NDArray[Any] = (colours * (alpha[..., None] / white)).round().astype(kind)
    photometric = "rgb" if channels == 3 else "minisblack"
    picture = read(tiff(np.dstack([stored, alpha]), photometric=photometric, extrasamples=["assocalpha"]))
    expected = colours[..., ::-1] if channels == 3 else grey(colours[..., 0])
    assert np.abs(picture.pixels[5:].astype(int) - expected[5:]).max() <= 1
    assert (picture.pixels[:5] == 0).all()
    assert np.array_equal(np.asarray(picture.alpha), alpha)


def test_a_fourth_channel_that_is_not_alpha_hides_nothing() -> None:
    levels = noise(np.uint8, 40, 51, 4)
    picture = read(tiff(levels, photometric="rgb", extrasamples=["unspecified"]))
    assert np.array_equal(picture.pixels, levels[..., 2::-1])
    assert picture.alpha is None


def test_a_fourth_channel_without_a_word_is_alpha_and_a_fifth_is_not() -> None:
    for channels in (4, 5):
        levels = noise(np.uint8, 40, 51, channels)
        data = bytearray(tiff(levels, photometric="rgb", extrasamples=["unspecified"] * (channels - 3)))
        with tifffile.TiffFile(BytesIO(data)) as opened:
            struct.pack_into("<H", data, opened.pages.first.tags[338].offset, 65000)  # a tag that nobody knows
        alpha = read(bytes(data)).alpha
        assert (alpha is None) == (channels == 5)
        assert channels == 5 or np.array_equal(np.asarray(alpha), levels[..., 3])


def test_alpha_behind_another_channel_is_found() -> None:
    levels = noise(np.uint8, 40, 51, 5)
    picture = read(tiff(levels, photometric="rgb", extrasamples=["unspecified", "unassalpha"]))
    assert np.array_equal(picture.pixels, levels[..., 2::-1])
    assert np.array_equal(np.asarray(picture.alpha), levels[..., 4])


def test_12_bits_are_spread_over_the_whole_range() -> None:
    """Two levels in three bytes."""
    levels = np.tile(np.array([0, 4095, 2048, 1], np.uint16), (32, 10))
    first, second = levels[:, ::2], levels[:, 1::2]
    packed = np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], 2).astype(np.uint8)
    data = bytearray(tiff(packed.reshape(32, 60), photometric="minisblack"))
    with tifffile.TiffFile(BytesIO(data)) as opened:
        for code, value in ((256, 40), (258, 12)):
            tag = opened.pages.first.tags[code]
            struct.pack_into("<I" if tag.dtype == tifffile.DATATYPE.LONG else "<H", data, tag.valueoffset, value)
    assert read(bytes(data)).pixels[0, :4, 0].tolist() == [0, 65535, round(2048 * 65535 / 4095), 16]


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("how", [{"byteorder": ">"}, {"rowsperstrip": 7}])
@pytest.mark.parametrize("kind", KINDS)
def test_byte_orders_and_strips(kind: type, how: dict[str, Any], compression: str | None) -> None:
    levels = noise(kind, 40, 51, 3)
    assert np.array_equal(read(tiff(levels, compression, photometric="rgb", **how)).pixels, levels[..., ::-1])


def packbits(data: bytes) -> bytes:
    return b"".join(bytes([len(part) - 1]) + part for part in (data[at : at + 128] for at in range(0, len(data), 128)))


@pytest.mark.parametrize(("compress", "number"), [(zlib.compress, 32946), (packbits, 32773)])
def test_deflate_under_its_old_number_and_packbits(compress: Callable[[bytes], bytes], number: int) -> None:
    levels = noise(np.uint16, 40, 51)
    data = with_lzw(tiff(levels, photometric="miniswhite", rowsperstrip=9), compress, number)
    assert np.array_equal(read(data).pixels, 65535 - grey(levels))


def test_a_strip_may_be_a_single_byte() -> None:
    levels = noise(np.uint8, 40, 1)
    assert np.array_equal(read(tiff(levels, photometric="minisblack", rowsperstrip=1)).pixels, grey(levels))


@pytest.mark.parametrize("kind", KINDS)
def test_tiles_predictor_and_bigtiff(kind: type) -> None:
    levels = noise(kind, 40, 51, 3)
    for how in ({"bigtiff": True}, {"tile": (16, 32)}, {"predictor": True}, {"tile": (16, 32), "predictor": True}):
        assert np.array_equal(read(tiff(levels, "zlib", photometric="rgb", **how)).pixels, levels[..., ::-1])


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_file_that_was_cut_is_refused(compression: str | None) -> None:
    """The missing rows would otherwise be black, or whatever memory held."""
    levels = noise(np.uint16, 3, 40, 51)
    data = tiff(levels, compression, photometric="rgb", planarconfig="separate")
    with pytest.raises(PictureError, match="damaged"):
        read(data[: len(data) - 900])


def test_rows_that_no_strip_holds_are_not_made_up() -> None:
    data = bytearray(tiff(noise(np.uint16, 40, 51, 3), photometric="rgb", rowsperstrip=10))
    with tifffile.TiffFile(BytesIO(data)) as opened:
        tags = opened.pages.first.tags
        for tag in (tags[273], tags[279]):
            struct.pack_into("<I", data, tag.offset + 4, 3)  # of 4 strips
    with pytest.raises(PictureError, match="damaged"):
        read(bytes(data))


def test_sizes_that_no_file_can_hold_take_no_memory() -> None:
    data = bytearray(tiff(noise(np.uint8, 40, 51, 3), photometric="rgb"))
    with tifffile.TiffFile(BytesIO(data)) as opened:
        for tag in (256, 257, 278):
            struct.pack_into("<HII", data, opened.pages.first.tags[tag].offset + 2, 4, 1, 2**31)
    with pytest.raises(PictureError, match="3 channels of 2147483648x2147483648 samples, too many"):
        read(bytes(data))


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_more_channels_than_any_picture_has_are_refused(planar: str) -> None:
    for channels, refused in ((64, False), (65, True)):
        levels = noise(np.uint8, *((channels, 40, 51) if planar == "separate" else (40, 51, channels)))
        data = tiff(
            levels, photometric="minisblack", planarconfig=planar, extrasamples=["unspecified"] * (channels - 1)
        )
        if refused:
            with pytest.raises(PictureError, match="has 65 channels of 51x40 samples, too many; make it smaller"):
                read(data)
        else:
            assert np.array_equal(read(data).pixels[..., 0], levels[0] if planar == "separate" else levels[..., 0])


def test_only_the_first_page_is_read() -> None:
    levels = noise(np.uint8, 3, 40, 51, 3)
    assert np.array_equal(read(tiff(levels, photometric="rgb")).pixels, levels[0, ..., ::-1])


def test_raw_files_of_cameras_are_not_painted_as_their_thumbnails() -> None:
    thumbnail, whole = noise(np.uint8, 40, 51, 3), noise(np.uint16, 80, 102)
    how: Any
    for how, raw in (
        ({"extratags": [(50706, "B", 4, (1, 4, 0, 0), True)]}, True),
        ({"subifds": 1, "subfiletype": 1}, True),
        ({"subifds": 1}, False),  # smaller copies follow
        ({"subfiletype": 1}, False),
    ):
        file = BytesIO()
        with tifffile.TiffWriter(file) as writer:
            writer.write(thumbnail, photometric="rgb", metadata=None, **how)
            writer.write(whole, photometric="minisblack", metadata=None)
        if raw:
            with pytest.raises(PictureError, match="is a camera's raw file; develop it"):
                read(file.getvalue())
        else:
            assert np.array_equal(read(file.getvalue()).pixels, thumbnail[..., ::-1])
    plain = tiff(thumbnail[..., 0], photometric="minisblack")
    with pytest.raises(PictureError, match="is a camera's raw file; develop it"):
        read(plain[:4] + b"\x10\0\0\0CR\2\0" + bytes(4) + plain[8:])  # Canon's mark before the directory


def test_the_colour_profile_is_handed_on() -> None:
    for levels, how in ((noise(np.uint8, 40, 51, 3), "rgb"), (noise(np.uint8, 40, 51, 4), "separated")):
        picture = read(tiff(levels, photometric=how, iccprofile=b"ICC!", extrasamples=[]))
        assert (picture.icc, picture.pixels.shape) == (b"ICC!", (40, 51, 3))
        assert picture.alpha is None, "CMYK is no RGB with alpha"


def test_forms_that_libtiff_converts() -> None:
    colours = noise(np.uint16, 3, 256)
    numbers = noise(np.uint8, 40, 51)
    palette = read(tiff(numbers, photometric="palette", colormap=colours))
    assert np.abs(palette.pixels[..., ::-1] - (colours.T / 257)[numbers]).max() <= 1
    bilevel = noise(np.uint8, 40, 51) > 99
    for photometric, levels in (("minisblack", bilevel), ("miniswhite", ~bilevel)):
        assert np.array_equal(read(tiff(bilevel, photometric=photometric)).pixels, grey(levels * np.uint8(255)))
    with pytest.raises(PictureError, match="holds float32 values"):
        read(tiff(np.zeros((40, 51), np.float32)))
