"""What an AVIF file says of its picture: bits per channel, how it is turned, its colour profile.

The boxes are those of ISO/IEC 23008-12 (HEIF) and of the AV1 Image File Format. OpenCV hands the samples out as they
are stored, of 10 or 12 bits too, and leaves irot and imir to others.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_MOST_PROPERTIES: Final = 1000
"""More are not looked at: a picture has some ten."""


@dataclass(frozen=True)
class AvifProperties:
    """Properties of the file's primary picture.

    Attributes:
        bits: per channel; 8 if the file does not say.
        turns: what turns the stored picture upright, to be applied in this order.
        icc: the colour profile.
    """

    bits: int = 8
    turns: tuple[Callable[[NDArray[Any]], NDArray[Any]], ...] = ()
    icc: bytes | None = None


def avif_properties(data: bytes) -> AvifProperties:
    """Reads the boxes; what is missing or damaged is left at its default."""
    try:
        everything, primary = _properties(data)
    except (struct.error, KeyError, IndexError):
        return AvifProperties()
    codes = [body for kind, body in everything if kind == b"av1C" and len(body) >= 3]  # also of a grid's tiles
    bits = (12 if codes[0][2] & 0x20 else 10) if codes and codes[0][2] & 0x40 else 8
    turns: list[Callable[[NDArray[Any]], NDArray[Any]]] = []
    icc = None
    for kind, body in primary:
        if kind == b"irot" and body:
            quarters = body[0] & 3
            turns.append(lambda p, quarters=quarters: np.rot90(p, quarters))  # type: ignore[misc]  # anti-clockwise
        if kind == b"imir" and body:
            axis = body[0] & 1  # 0: top and bottom change places
            turns.append(lambda p, axis=axis: np.flip(p, axis))  # type: ignore[misc]
        if kind == b"colr" and body[:4] in (b"prof", b"rICC"):
            icc = body[4:]
    return AvifProperties(bits, tuple(turns), icc)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and contents of each box, in order."""
    at = 0
    while at + 8 <= len(data):
        size, kind, head = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        size = size or len(data) - at  # 0: to the end
        if size < head:
            return
        yield kind, data[at + head : at + size]
        at += size


def _properties(data: bytes) -> tuple[list[tuple[bytes, bytes]], list[tuple[bytes, bytes]]]:
    """All properties in the file, and those of the primary picture in the order of their use."""
    meta = dict(_boxes(dict(_boxes(data))[b"meta"][4:]))
    version, body = meta[b"pitm"][0], meta[b"pitm"][4:]
    (primary,) = struct.unpack_from(">I" if version else ">H", body)
    containers = dict(_boxes(meta[b"iprp"]))
    known = [box for box, _ in zip(_boxes(containers[b"ipco"]), range(_MOST_PROPERTIES), strict=False)]
    own = _associations(containers[b"ipma"], primary)
    return known, [known[index - 1] for index in own if 0 < index <= len(known)]


def _associations(ipma: bytes, item: int) -> list[int]:
    """The numbers, from 1, of the properties of an item."""
    version, wide = ipma[0], ipma[3] & 1
    (entries,), at = struct.unpack_from(">I", ipma, 4), 8
    for _ in range(entries):
        (number,) = struct.unpack_from(">I" if version else ">H", ipma, at)
        at += 4 if version else 2
        count, at = ipma[at], at + 1
        if number == item:
            raw = struct.unpack_from(f">{count}{'H' if wide else 'B'}", ipma, at)
            return [value & (0x7FFF if wide else 0x7F) for value in raw]
        at += count * (2 if wide else 1)
    return []
