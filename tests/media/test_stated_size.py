"""Tests the sizes that headers state, place by place: what lies beside them does not count."""

from __future__ import annotations

import struct

import pytest

from nstcam.media.stated_size import stated_size


def riff(kind: bytes, body: bytes, form: bytes = b"WEBP") -> bytes:
    return b"RIFF\xaa\xbb\xcc\xdd" + form + kind + b"\xaa\xbb\xcc\xdd" + body


def tiff(order: str, big: bool, *entries: tuple[int, int, int], at: int = 40) -> bytes:
    """A TIFF whose first directory has entries (tag, kind, value), one other before them."""
    count, place = ("Q", "Q") if big else ("H", "I")
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42)
    head += struct.pack(order + "HH", 8, 0) if big else b""
    head = (head + struct.pack(order + place, at)).ljust(at, b"\xee")
    rows = [(254, 4, 7), *entries]
    body = struct.pack(order + count, len(rows))
    for tag, kind, value in rows:
        form = {3: "H", 4: "I", 16: "Q"}[kind]
        body += struct.pack(order + "HH" + place, tag, kind, 1)
        body += struct.pack(order + form, value).ljust(8 if big else 4, b"\xee")
    return head + body


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("kind", [3, 4, 16])
def test_tiff_of_each_byte_order_and_number(order: str, big: bool, kind: int) -> None:
    if kind == 16 and not big:
        return
    data = tiff(order, big, (257, kind, 0x1234), (258, 3, 8), (256, kind, 0x5678))
    assert stated_size(data) == (0x5678, 0x1234)
    assert stated_size(data.rstrip(b"\xee")[:-1]) is None
    assert stated_size(tiff(order, big, (257, kind, 9), (258, kind, 9))) is None, "no width"
    assert stated_size(data[:2] + b"xx" + data[4:]) is None


def test_no_more_entries_of_a_tiff_are_read_than_a_file_has() -> None:
    entries = [(300, 4, 1)] * 4093
    assert stated_size(tiff("<", False, *entries, (256, 4, 5), (257, 4, 6))) == (5, 6)
    assert stated_size(tiff("<", False, *entries, (300, 4, 1), (256, 4, 5), (257, 4, 6))) is None


JPEG = b"\xff\xd8\xff\xe0\0\4ab\xff\xdb\0\3c\xff\xff\xff\xc0\0\x11\x08\x12\x34\x56\x78"


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\2\3\0\4\5\6", (0x10203, 0x40506)),
        (b"GIF89a\x34\x12\x78\x56", (0x1234, 0x5678)),
        (b"BM" + bytes(12) + b"\x28\0\0\0" + struct.pack("<ii", -70000, -5), (70000, 5)),
        (b"BM" + bytes(12) + b"\x0c\0\0\0" + struct.pack("<HH", 65535, 5), (65535, 5)),
        (JPEG, (0x5678, 0x1234)),
        (riff(b"VP8X", b"abcd\1\2\3\4\5\6"), (0x30202, 0x60505)),
        (riff(b"VP8L", b"\x2f" + (0x1234 | 0x2345 << 14 | 3 << 30).to_bytes(4, "little") + bytes(5)), (0x1235, 0x2346)),
        (riff(b"VP8 ", b"\0\0\0\x9d\1\x2a\x34\xd2\x45\xe3"), (0x1234, 0x2345)),
        (b"\0\0\0\x0cftypmif1abcispe____" + struct.pack(">IIII", 5, 6, 7, 8), (5, 6)),
        (b"\0\0\0\x0cftypavif" + b"".join(b"ispe____" + struct.pack(">II", *s) for s in ((9, 2), (5, 6), (29, 1))),
         (5, 6)),
        (b"\0\0\0\x0cjP  \r\n\x87\nihdr" + struct.pack(">III", 5, 6, 7), (6, 5)),
        (b"P1 # a 7 7\n#\n 8 # b\n 9 x", (8, 9)),
        (b"P6\n8 9\n255\n", (8, 9)),
    ],
)  # fmt: skip
def test_each_number_is_read_where_it_stands(data: bytes, size: tuple[int, int]) -> None:
    assert stated_size(data) == size
    if data[:1] != b"P":
        short = data if b"ispe" not in data else data[: data.index(b"ispe") + 16]
        short = short[:-4] if data[4:8] in (b"jP  ", b"ftyp") and len(short) == len(data) else short
        assert stated_size(short[:-1]) is None, "cut off"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"text", b"P6 8 9", b"P7\n8 9\n", b"P6\n8 12345678901\n", riff(b"VP8X", bytes(10), b"AVI "),
        b"FORM" + riff(b"VP8X", bytes(10))[4:], b"XX*\0" + tiff("<", False, (256, 4, 5), (257, 4, 6))[4:],
        b"\0\0\0\x0cmoov" + b"ispe____" + bytes(8), JPEG[:-9] + b"\0" + JPEG[-8:],
    ],
)  # fmt: skip
def test_of_other_files_none_is_known(data: bytes) -> None:
    assert stated_size(data) is None
