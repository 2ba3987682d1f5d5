"""Whether the end of a GIF or APNG is missing, of which libavformat says nothing."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO


def is_cut_short(path: Path, format_name: str) -> bool:
    """Whether the blocks of the file stop before the one that ends it; False if it cannot be read.

    Args:
        format_name: that of libavformat; only gif and apng are looked at.
    """
    if format_name not in ("gif", "apng"):
        return False
    try:
        with path.open("rb") as file:
            return not (_has_trailer(file) if format_name == "gif" else _has_last_chunk(file))
    except OSError:
        return False


def _has_last_chunk(file: BinaryIO) -> bool:
    """PNG (third edition), 5.3: chunks with a length, to IEND."""
    file.seek(8)
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            return True
        file.seek(length + 4, 1)
    return False


def _has_trailer(file: BinaryIO) -> bool:
    """GIF89a, 17 to 27: a header, then extensions and pictures in blocks of up to 255 bytes, to the trailer."""
    head = file.read(13)
    if len(head) < 13:
        return False
    _skip_colours(file, head[10])
    while kind := file.read(1):
        if kind == b";":
            return True
        if kind == b"!":
            file.seek(1, 1)
        elif kind == b",":
            about = file.read(9)
            if len(about) < 9:
                return False
            _skip_colours(file, about[8])
            file.seek(1, 1)
        else:
            return False
        while (length := file.read(1)) not in (b"", b"\0"):
            file.seek(length[0], 1)
    return False


def _skip_colours(file: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        file.seek(3 << (flags & 7) + 1, 1)
