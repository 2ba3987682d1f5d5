"""Tests AVIF pictures: bit depth, orientation and colour profile."""

from __future__ import annotations

import base64
import struct
import zlib

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from nstcam.media.avif import AvifProperties, avif_properties
from nstcam.media.brands import is_avif
from nstcam.media.decode import decode_picture

TURNED = zlib.decompress(
    base64.b64decode(
        "eNpjYGBQSCupLEgsy0xjAAIQnZuZZpibmZjm62joBBT6mptaksgAAYoZKTlFUDZDQWZyCQMa4CvILMkFsxiBWC4zJz8ZxHEB8RkhooyyQLoC"
        "iDUyM/PS4GqlgJxUJigvsczA0Dk/Jx9sV0lmQVEBkA7JLEjOB9IimcUFqVD7EoDYAYgFCjIrMkECzBwcHECKJ7HM0LmRgQckJJycn1OUl5xT"
        "ATSZl4GtASjEmVmUX8IMZEhkFuTCPAd0ISsjUzNLK5DdkJuSWCLEwMUpIZn/7yIjL1uLUaZAw1UFBhug9ttausclv/hEtOY/WsV27cEl3e2P"
        "RPw6S7PlRb0bVr3+3/z79pStTtOk7xuUz+PXU7DPrDpQe296OsNZR4aiBX6r5mSaP5y1oG1vQNO9dtfdpscLt8hE+s9+Wr3kwwwTppc6lawT"
        "AJWIZTI="
    )
)
"""96x64, blue with a red corner of 30x20 at the top left, as it is stored; irot turns it by three quarters."""


def corner(data: bytes) -> str:
    """Where the red is."""
    pixels = decode_picture(np.frombuffer(data, np.uint8)).pixels
    red = pixels[..., 2].astype(int) > pixels[..., 0]
    assert 500 < red.sum() < 700
    rows, columns = np.argwhere(red).mean(0) / red.shape
    return ("top " if rows < 0.5 else "bottom ") + ("left" if columns < 0.5 else "right") + f" {red.shape}"


@pytest.mark.parametrize(
    ("turn", "where"),
    [
        (b"irot\x00", "top left (64, 96)"),
        (b"irot\x01", "bottom left (96, 64)"),
        (b"irot\x02", "bottom right (64, 96)"),
        (b"irot\x03", "top right (96, 64)"),
        (b"imir\x00", "bottom left (64, 96)"),
        (b"imir\x01", "top right (64, 96)"),
    ],
)
def test_it_is_turned_and_mirrored(turn: bytes, where: str) -> None:
    assert TURNED.count(b"irot\x03") == 1
    assert corner(TURNED.replace(b"irot\x03", turn)) == where


def encoded(levels: NDArray[np.uint8 | np.uint16], bits: int) -> NDArray[np.uint8]:
    done, data = cv2.imencode(".avif", levels, [cv2.IMWRITE_AVIF_DEPTH, bits, cv2.IMWRITE_AVIF_QUALITY, 100])
    assert done
    return np.asarray(data, np.uint8)


@pytest.mark.parametrize(("bits", "kind"), [(8, np.uint8), (10, np.uint16), (12, np.uint16)])
@pytest.mark.parametrize("channels", [3, 4])
def test_white_is_white_at_any_depth(bits: int, kind: type, channels: int) -> None:
    levels: NDArray[np.uint8 | np.uint16] = np.zeros((40, 48, channels), kind)
    levels[:20] = 2**bits - 1
    picture = decode_picture(encoded(levels, bits))
    white = np.iinfo(kind).max
    assert picture.pixels.dtype == kind
    assert picture.pixels[0, 0].tolist() == [white] * 3
    assert picture.pixels[39, 0].max() < white // 50
    if channels == 4:
        assert picture.alpha is not None
        assert (int(picture.alpha[0, 0]), int(picture.alpha[39, 0])) == (white, 0)


def box(kind: bytes, *contents: bytes) -> bytes:
    body = b"".join(contents)
    return struct.pack(">I4s", 8 + len(body), kind) + body


@pytest.mark.parametrize("wide", [False, True])
def test_properties_belong_to_the_primary_picture(wide: bool) -> None:
    """Both long and short numbers are read; of the alpha plane, item 2, only the depth counts."""
    number, place = (">I", ">H") if wide else (">H", ">B")
    head = bytes([wide, 0, 0, wide])
    uses = [(2, [3]), (7, [2, 4, 1])]
    rows = [
        struct.pack(number, item) + bytes([len(own)]) + b"".join(struct.pack(place, index) for index in own)
        for item, own in uses
    ]
    properties = (
        box(b"irot", b"\2"), box(b"av1C", b"\x81\0\x6c"), box(b"irot", b"\1"), box(b"colr", b"profICC"),
    )  # fmt: skip
    meta = box(
        b"meta", bytes(4), box(b"pitm", head, struct.pack(number, 7)),
        box(
            b"iprp",
            box(b"ipco", *properties),
            box(b"ipma", head, struct.pack(">I", len(rows)), *rows),
        ),
    )  # fmt: skip
    # The length of a box may take 64 bits, and be 0 where the box goes to the end; an empty one is passed over.
    found = avif_properties(struct.pack(">I4sQ", 1, b"ftyp", 20) + b"avif" + box(b"free") + bytes(4) + meta[4:])
    assert (found.bits, found.icc, len(found.turns)) == (12, b"ICC", 1)
    assert np.array_equal(found.turns[0](np.arange(3)[None]), [[2, 1, 0]])


def test_damaged_boxes_say_nothing() -> None:
    for cut in range(len(TURNED)):
        avif_properties(TURNED[:cut])
    for place in range(300):
        for value in (0, 1, 255):
            avif_properties(TURNED[:place] + bytes([value]) + TURNED[place + 1 :])
    assert avif_properties(b"") == AvifProperties()
    assert TURNED.count(b"colrnclx") == 1
    assert avif_properties(TURNED).icc is None, "that box names a colour space and holds no profile"
    assert avif_properties(TURNED.replace(b"colrnclx", b"colrrICC")).icc is not None


def test_an_avif_is_known_by_its_brands() -> None:
    assert is_avif(TURNED[:64])
    assert is_avif(box(b"ftyp", b"mif1", bytes(4), b"miaf", b"avif"))
    assert not is_avif(box(b"ftyp", b"heic", bytes(4), b"mif1", b"heic"))
    assert not is_avif(box(b"ftyp", b"isom", bytes(4)) + b"avif")
    assert not is_avif(b"")
