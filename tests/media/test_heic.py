"""HEIC through pillow-heif, which stands in here: what is asked of it, and what becomes of what it gives."""

from __future__ import annotations

import struct
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nstcam.media.decode import decode_picture
from nstcam.media.pixels import PictureError

HEIC = np.frombuffer(struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"heic", 0, b"mif1", b"heic"), np.uint8)


class Decoded:
    def __init__(self, pixels: Any, **info: object) -> None:
        self.pixels, self.info = pixels, info

    def __array__(self, dtype: object = None, copy: bool | None = None) -> Any:
        return self.pixels


def library(monkeypatch: pytest.MonkeyPatch, decoded: Decoded | Exception) -> list[dict[str, object]]:
    asked: list[dict[str, object]] = []

    def open_heif(data: bytes, **options: object) -> Decoded:
        assert data == HEIC.tobytes()
        asked.append(options)
        if isinstance(decoded, Exception):
            raise decoded
        return decoded

    monkeypatch.setitem(sys.modules, "pillow_heif", SimpleNamespace(open_heif=open_heif))
    return asked


def test_colours_transparency_and_profile_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    asked = library(monkeypatch, Decoded(pixels, icc_profile=b"profile"))
    picture = decode_picture(HEIC)
    assert (picture.pixels == pixels[:, :, :3]).all()
    assert picture.alpha is not None
    assert (picture.alpha == pixels[:, :, 3]).all()
    assert picture.icc == b"profile"
    assert asked == [{"convert_hdr_to_8bit": True, "bgr_mode": True}]


def test_grey_becomes_three_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    library(monkeypatch, Decoded(np.full((2, 3), 7, np.uint8)))
    picture = decode_picture(HEIC)
    assert picture.pixels.shape == (2, 3, 3)
    assert (picture.pixels == 7).all()
    assert picture.alpha is None


def test_a_damaged_file_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    library(monkeypatch, RuntimeError("Invalid input:\nno item"))
    with pytest.raises(PictureError, match=r"^is a HEIC file that is damaged \(Invalid input: no item\)$"):
        decode_picture(HEIC)


def test_without_the_package_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(PictureError, match=r"pip install 'nstcam\[heic\]'; or convert HEIC to JPEG first"):
        decode_picture(HEIC)
