"""What Linux' video drivers say of themselves, by ioctl (include/uapi/linux/videodev2.h)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

Ioctl = Callable[[int, bytearray], bool]
"""Sends a request, and changes the bytes to the answer; False where the driver refuses: no more of these."""

CAPTURE: Final = 0x1 | 0x1000
"""V4L2_CAP_VIDEO_CAPTURE, also multi-planar; metadata nodes have neither."""
_CAPTURE_TYPE: Final = 1
"""V4L2_BUF_TYPE_VIDEO_CAPTURE."""
_DISCRETE: Final = 1
"""V4L2_FRMSIZE_TYPE_DISCRETE and V4L2_FRMIVAL_TYPE_DISCRETE."""

# The size of the struct is part of the number.
_QUERYCAP: Final = 0x80685600
_ENUM_FMT: Final = 0xC0405602
_ENUM_FRAMESIZES: Final = 0xC02C564A
_ENUM_FRAMEINTERVALS: Final = 0xC034564B


class DriverMode(NamedTuple):
    """A mode that the driver offers; of a range of sizes the smallest and the largest stand for all."""

    fourcc: str
    size_wh: tuple[int, int]
    fps: tuple[float, ...]
    """The highest first; of a range both ends; empty where the driver does not tell."""


def device_caps(index: int) -> int | None:
    """device_caps of /dev/videoN; None where it cannot be asked, e.g. without the right."""
    answer = bytearray(104)
    with suppress(OSError), _driver(index) as ioctl:
        if ioctl(_QUERYCAP, answer):
            caps: int = struct.unpack_from("=I", answer, 88)[0]
            return caps
    return None


def list_modes(index: int) -> list[DriverMode]:
    """Modes of /dev/videoN; none where it cannot be asked."""
    with suppress(OSError), _driver(index) as ioctl:
        return modes_of(ioctl)
    return []


def modes_of(ioctl: Ioctl) -> list[DriverMode]:
    """All modes, in the driver's order of formats, sizes from large to small."""
    found = []
    for fourcc in _formats(ioctl):
        sizes = sorted(set(_sizes(ioctl, fourcc)), reverse=True)
        name = fourcc.to_bytes(4, "little").decode("ascii", errors="replace").strip()
        found += [
            DriverMode(name, size, tuple(sorted(set(_rates(ioctl, fourcc, size)), reverse=True))) for size in sizes
        ]
    return found


def _formats(ioctl: Ioctl) -> Iterator[int]:
    for index in count():
        answer = bytearray(struct.pack("=II56x", index, _CAPTURE_TYPE))
        if not ioctl(_ENUM_FMT, answer):
            return
        yield struct.unpack_from("=I", answer, 44)[0]


def _sizes(ioctl: Ioctl, fourcc: int) -> Iterator[tuple[int, int]]:
    for index in count():
        answer = bytearray(struct.pack("=II36x", index, fourcc))
        if not ioctl(_ENUM_FRAMESIZES, answer):
            return
        kind, *numbers = struct.unpack_from("=7I", answer, 8)
        if kind != _DISCRETE:  # min, max and step of width, then of height
            yield numbers[0], numbers[3]
            yield numbers[1], numbers[4]
            return
        yield numbers[0], numbers[1]


def _rates(ioctl: Ioctl, fourcc: int, size_wh: tuple[int, int]) -> Iterator[float]:
    """Frames a second; drivers tell seconds a frame, as fractions."""
    for index in count():
        answer = bytearray(struct.pack("=IIII36x", index, fourcc, *size_wh))
        if not ioctl(_ENUM_FRAMEINTERVALS, answer):
            return
        kind, *numbers = struct.unpack_from("=7I", answer, 16)
        pairs = [numbers[:2]] if kind == _DISCRETE else [numbers[:2], numbers[2:4]]
        yield from (round(denominator / numerator, 2) for numerator, denominator in pairs if numerator)
        if kind != _DISCRETE:
            return


@contextmanager
def _driver(index: int) -> Iterator[Ioctl]:
    """Raises OSError where /dev/videoN cannot be opened."""
    import fcntl  # not on Windows

    with Path(f"/dev/video{index}").open("rb", buffering=0) as device:

        def ioctl(request: int, answer: bytearray) -> bool:
            try:
                fcntl.ioctl(device, request, answer)
            except OSError:
                return False
            return True

        yield ioctl
