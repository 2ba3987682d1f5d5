"""How long the last frame of an animated WebP lasts (RFC 9649, 2.7.1.1), where libwebp puts the mean of the others."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO, Final

_LONGEST: Final = (1 << 24) - 1


def set_last_duration(path: Path, ends: int) -> None:
    """Has the last frame end at that time.

    Args:
        path: an animated WebP, which is changed in place.
        ends: milliseconds from the beginning; the last frame lasts at least one.

    Raises:
        OSError: it cannot be read or written.
    """
    with path.open("r+b") as file:
        places = _durations(file)
        if places:
            before = sum(lasts for _, lasts in places[:-1])
            file.seek(places[-1][0])
            file.write(min(max(ends - before, 1), _LONGEST).to_bytes(3, "little"))


def _durations(file: BinaryIO) -> list[tuple[int, int]]:
    """Where the duration of each frame stands, and what it is in milliseconds."""
    found, at = list[tuple[int, int]](), 12
    while True:
        file.seek(at)
        head = file.read(8 + 15)
        if len(head) < 8:
            return found
        kind, length = struct.unpack("<4sI", head[:8])
        if kind == b"ANMF":
            found.append((at + 20, int.from_bytes(head[20:23], "little")))
        at += 8 + length + length % 2
