"""The size of a picture as its header states it, before anything is decoded."""

from __future__ import annotations

import mmap
import re
import struct
from typing import Final


def stated_size(data: bytes | mmap.mmap) -> tuple[int, int] | None:
    """(width, height) as the file's header states them, before anything is decoded; None for formats not known here.

    Args:
        data: the whole file.
    """
    if data[:4] == b"\x89PNG":
        return _numbers(">II", data, 16)
    if data[:4] == b"GIF8":
        return _numbers("<HH", data, 6)
    if data[:2] == b"BM":
        size = _numbers("<HH" if data[14:15] == b"\x0c" else "<ii", data, 18)
        return size and (abs(size[0]), abs(size[1]))
    if data[:2] == b"\xff\xd8":
        return _jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    if data[:2] in (b"II", b"MM") and data[2:4] in (b"*\0", b"\0*", b"+\0", b"\0+"):
        return _tiff(data)
    if data[4:8] == b"ftyp" or data[4:8] == b"jP  ":
        return _boxes(data[: 1 << 20])
    netpbm = re.match(rb"P[1-6](?:\s+(?:#[^\n]*\n\s*)*)(\d{1,10})(?:\s+(?:#[^\n]*\n\s*)*)(\d{1,10})\s", data[:4096])
    return (int(netpbm[1]), int(netpbm[2])) if netpbm else None


def _numbers(form: str, data: bytes | mmap.mmap, at: int) -> tuple[int, int] | None:
    return struct.unpack_from(form, data, at) if at + struct.calcsize(form) <= len(data) else None


def _jpeg(data: bytes | mmap.mmap) -> tuple[int, int] | None:
    """(width, height) from the frame header (ITU-T T.81, B.2.2)."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        if data[at + 1] == 0xFF:  # a byte that fills up
            at += 1
            continue
        if 0xC0 <= data[at + 1] <= 0xCF and data[at + 1] not in (0xC4, 0xC8, 0xCC):  # tables and extensions
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return None


def _webp(data: bytes | mmap.mmap) -> tuple[int, int] | None:
    """RFC 9649, 2.6 and 2.7; RFC 6386, 9.1."""
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        return None
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", body, 6)
    return width & 0x3FFF, height & 0x3FFF


def _tiff(data: bytes | mmap.mmap) -> tuple[int, int] | None:
    """(width, height) from ImageWidth and ImageLength of the first directory (TIFF 6.0, section 2; BigTIFF)."""
    order: Final = "<" if data[:2] == b"II" else ">"
    big = 43 in data[2:4]
    try:
        (at,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
        (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, at)
        found = {}
        for entry in range(min(count, 4096)):
            place = at + (8 + 20 * entry if big else 2 + 12 * entry)
            tag, kind = struct.unpack_from(order + "HH", data, place)
            if tag in (256, 257):
                form = {3: "H", 4: "I", 16: "Q"}.get(kind, "I")
                (found[tag],) = struct.unpack_from(order + form, data, place + (12 if big else 8))
        return found[256], found[257]
    except (struct.error, KeyError):
        return None


def _boxes(data: bytes) -> tuple[int, int] | None:
    """The largest picture of an AVIF or HEIF (ISO/IEC 23008-12, 6.5.3), or that of a JPEG 2000 (15444-1, I.5.3.1)."""
    sizes = [_numbers(">II", data, found.start() + 8) for found in re.finditer(rb"ispe", data)]
    for found in re.finditer(rb"ihdr", data[:4096]):
        size = _numbers(">II", data, found.start() + 4)
        sizes.append(size and (size[1], size[0]))
    return max((size for size in sizes if size), key=lambda size: size[0] * size[1], default=None)
