"""Tests that an animation counts as cut short at every byte before its end, and whole only with it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from nstcam.realtime.video.reading.cut_animations import is_cut_short


def gif(colours: int | None, own_colours: int | None) -> bytes:
    """One picture between extensions, with tables of 2 << bits colours; what must be skipped is full of trailers."""

    def table(bits: int | None) -> tuple[bytes, bytes]:
        return (b"\x7f", b"") if bits is None else (bytes([0x80 | bits]), b";" * (3 * (2 << bits)))

    flags, shared = table(colours)
    own_flags, own = table(own_colours)
    comment = b"!\xfe" + b"\x03;;;" + b"\x01;" + b"\0"
    picture = b"," + b";" * 8 + own_flags + own + b"\x3b" + b"\x11" + b";" * 17 + b"\x02;;" + b"\0"
    return b"GIF89a" + b";" * 4 + flags + b";;" + shared + comment + picture + comment + b";"


def check_every_length(path: Path, form: str, data: bytes, behind: bytes) -> None:
    for length in range(len(data)):
        path.write_bytes(data[:length])
        assert is_cut_short(path, form), length
    for whole in (data, data + behind):
        path.write_bytes(whole)
        assert not is_cut_short(path, form)


@pytest.mark.parametrize(("colours", "own_colours"), [(None, None), (0, None), (None, 3), (2, 1)])
def test_a_gif_ends_with_its_trailer(tmp_path: Path, colours: int | None, own_colours: int | None) -> None:
    data, path = gif(colours, own_colours), tmp_path / "a.gif"
    check_every_length(path, "gif", data, b"more")
    path.write_bytes(data.replace(b"!", b"?", 1))
    assert is_cut_short(path, "gif")


def test_a_png_ends_with_its_last_chunk(tmp_path: Path) -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + b"IEND"

    end, path = struct.pack(">I", 0) + b"IEND", tmp_path / "a.apng"
    data = b"IENDIEND" + chunk(b"IHDR", end + b"IEND\0") + chunk(b"fdAT", end * 4) + chunk(b"IDAT", b"") + end
    check_every_length(path, "apng", data, b"sum.")


def test_other_formats_and_missing_files_are_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"GIF89a")
    assert not is_cut_short(tmp_path / "a", "matroska,webm")
    assert not is_cut_short(tmp_path / "none", "gif")
