"""Uploads: paintings, and what strangers send in their place."""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.errors import StyleError
from nstcam.realtime.live.session import Session
from nstcam.realtime.page.painting import MOST_BYTES, Paintings
from tests.realtime.page.conftest import Client
from tests.support.fakes.live import frame_of
from tests.support.models.tiny import write_zoo_model


def png(height: int, width: int) -> bytes:
    noise = np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)
    return cv2.imencode(".png", noise)[1].tobytes()


def png_that_says(width: int, height: int) -> bytes:
    """A few bytes that claim to be a picture of any size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def jpeg_that_says(width: int, height: int) -> bytes:
    """A JPEG of 64x48 whose header has another size."""
    data = bytearray(cv2.imencode(".jpg", frame_of(9))[1].tobytes())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


@pytest.fixture
def paintings() -> Iterator[Paintings]:
    one = Paintings()
    yield one
    one.close()


def test_a_picture_is_kept_under_a_name_of_ours(paintings: Paintings) -> None:
    first, second = paintings.keep(png(40, 50)), paintings.keep(cv2.imencode(".webp", frame_of(9))[1].tobytes())
    assert (first.name, second.name) == ("painting-1.png", "painting-2.png")
    assert np.asarray(cv2.imread(str(first))).shape == (40, 50, 3)
    if sys.platform != "win32":
        assert first.parent.stat().st_mode & 0o077 == 0
    paintings.close()
    assert not first.parent.exists()


def test_large_ones_are_made_smaller(paintings: Paintings) -> None:
    assert max(np.asarray(cv2.imread(str(paintings.keep(png(100, 2000))))).shape) == 1600


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a JPEG, PNG or WebP"),
        (b"#!/bin/sh", "not a JPEG, PNG or WebP"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a JPEG, PNG or WebP"),
        (b"\x89PNG\r\n\x1a\n", "does not say how large"),
        (b"\xff\xd8\xff", "does not say how large"),
        (b"RIFF\0\0\0\0WAVEfmt ", "does not say how large"),
        (png_that_says(60000, 60000), "is 60000x60000; at most 50 megapixels"),
        (png_that_says(2**31 - 1, 1), "at most 50 megapixels"),
        (jpeg_that_says(65500, 65500), "is 65500x65500; at most 50 megapixels"),
        (png_that_says(0, 0), "does not say how large"),
        (png_that_says(200, 200), "^the picture is "),
        (png(40, 50)[:200], "^the picture is "),
        (png(20, 50), "is 50x20; a style needs at least 32x32"),
    ],
)
def test_what_is_no_painting_is_refused(data: bytes, reason: str, paintings: Paintings) -> None:
    with pytest.raises(StyleError, match=reason):
        paintings.keep(data)


def test_an_upload_is_a_style(client: Client, session: Session) -> None:
    answer = client.ask("POST", "/painting", png(64, 64))
    assert (answer.status, answer.text) == (200, "ok opening painting-1.png ...")
    until(lambda: len(session.gallery.styles) == 4)
    painting = session.gallery.styles[3].painting
    assert painting is not None
    assert session.gallery.styles[3].name == "painting-1"
    assert painting.path.is_file()
    assert painting.path in session.passing, "it is gone when nstcam ends"


def test_a_model_is_a_style_under_the_name_of_its_file(client: Client, session: Session, tmp_path: Path) -> None:
    model = write_zoo_model(tmp_path / "x.onnx", 255).read_bytes()
    answer = client.ask("POST", "/painting?name=..%2F..%2FMosaic%209.ONNX", model)
    assert (answer.status, answer.text) == (200, "ok opening mosaic-9.onnx ...")
    until(lambda: len(session.gallery.styles) == 4)
    style = session.gallery.styles[3]
    assert (style.name, style.foreign is None) == ("mosaic-9", False)
    assert [path.name for path in style.path.parent.iterdir()] == ["mosaic-9.onnx"], "it may name files beside it"
    assert style.path.parents[1] != tmp_path.parent
    assert style.path in session.passing
    assert client.ask("POST", "/painting?name=a.onnx", b"no model").status == 200
    said = list[str]()

    def any_message() -> bool:
        said.extend(session.gallery.take_messages())
        return any("a.onnx is not an ONNX model" in line for line in said)

    until(any_message)
    assert said[-1].startswith("a.onnx is"), "the folder is nobody's business"


def test_an_upload_that_is_refused_leaves_nothing(client: Client, session: Session) -> None:
    answer = client.ask("POST", "/painting", png_that_says(60000, 60000))
    assert answer.status == 400
    assert answer.text.startswith("error the picture is 60000x60000")
    assert client.ask("POST", "/painting", b"").status == 400
    assert len(session.gallery.styles) == 3


def test_a_huge_upload_is_refused_before_it_is_read(client: Client) -> None:
    answer = client.ask("POST", "/painting", b"x", {"Content-Length": str(MOST_BYTES + 1)})
    assert answer.status == 413


def test_names_from_outside_do_not_count(client: Client, session: Session, tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    headers = {"Content-Disposition": f'attachment; filename="{tmp_path}/../evil.png"', "Slug": "../../evil.png"}
    assert client.ask("POST", "/painting", png(64, 64), headers).status == 200
    until(lambda: len(session.gallery.styles) == 4)
    assert session.gallery.styles[3].name == "painting-1"
    assert set(tmp_path.iterdir()) == before
