"""What video drivers on Linux say about themselves, by ioctl (include/uapi/linux/videodev2.h)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

Ioctl = Callable[[int, bytearray], bool]
"""Sends a request and overwrites its bytes with the answer. False: the driver refuses, or a list has ended."""

CAPTURE: Final = 0x1 | 0x1000
"""V4L2_CAP_VIDEO_CAPTURE and V4L2_CAP_VIDEO_CAPTURE_MPLANE; metadata nodes have neither."""
_CAPTURE_TYPE: Final = 1
"""V4L2_BUF_TYPE_VIDEO_CAPTURE."""
_OUTPUT_TYPE: Final = 2
"""V4L2_BUF_TYPE_VIDEO_OUTPUT."""
_OUTPUT: Final = 0x2
"""V4L2_CAP_VIDEO_OUTPUT."""
_DISCRETE: Final = 1
"""V4L2_FRMSIZE_TYPE_DISCRETE and V4L2_FRMIVAL_TYPE_DISCRETE."""

# The size of its struct is part of a request's number.
_QUERYCAP: Final = 0x80685600
_ENUM_FMT: Final = 0xC0405602
_ENUM_FRAMESIZES: Final = 0xC02C564A
_ENUM_FRAMEINTERVALS: Final = 0xC034564B


class DriverMode(NamedTuple):
    """A mode that the driver offers. A range of sizes is represented by its smallest and its largest."""

    fourcc: str
    size_wh: tuple[int, int]
    fps: tuple[float, ...]
    """The highest first; both ends of a range; empty if the driver does not say."""


class Loopback(NamedTuple):
    """A virtual camera of v4l2loopback."""

    device: str
    fourccs: tuple[str, ...]
    """Pixel formats that can be written to it; just one while a program holds it open in that format."""


def device_caps(index: int) -> int | None:
    """The device_caps of /dev/videoN; None if it cannot be asked, for example without permission."""
    answer = bytearray(104)
    with suppress(OSError), _driver(_node(index)) as ioctl:
        if ioctl(_QUERYCAP, answer):
            caps: int = struct.unpack_from("=I", answer, 88)[0]
            return caps
    return None


def list_modes(index: int) -> list[DriverMode]:
    """The modes of /dev/videoN; none if it cannot be asked."""
    with suppress(OSError), _driver(_node(index)) as ioctl:
        return modes_of(ioctl)
    return []


def find_loopback(device: str | None = None) -> Loopback | None:
    """The first virtual camera of the driver v4l2loopback, or the one at `device`; None if there is none."""
    nodes = [Path(device)] if device else sorted(Path("/dev").glob("video*"), key=lambda node: (len(node.name), node))
    for node in nodes:
        with suppress(OSError), _driver(node) as ioctl:
            if takes_frames(ioctl):
                return Loopback(str(node), tuple(name_of(fourcc) for fourcc in _formats(ioctl, _OUTPUT_TYPE)))
    return None


def takes_frames(ioctl: Ioctl) -> bool:
    """Whether the device belongs to v4l2loopback, the driver that pyvirtualcam writes to."""
    answer = bytearray(104)
    if not ioctl(_QUERYCAP, answer):
        return False
    driver, capabilities = answer[:16].rstrip(b"\0"), struct.unpack_from("=I", answer, 84)[0]
    return driver == b"v4l2 loopback" and bool(capabilities & _OUTPUT)


def modes_of(ioctl: Ioctl) -> list[DriverMode]:
    """All modes: formats in the driver's order, the sizes of each from large to small."""
    found = []
    for fourcc in _formats(ioctl, _CAPTURE_TYPE):
        sizes = sorted(set(_sizes(ioctl, fourcc)), reverse=True)
        name = name_of(fourcc)
        found += [
            DriverMode(name, size, tuple(sorted(set(_rates(ioctl, fourcc, size)), reverse=True))) for size in sizes
        ]
    return found


def name_of(fourcc: int) -> str:
    """The letters of a fourcc, without the blanks that fill it up."""
    return fourcc.to_bytes(4, "little").decode("ascii", errors="replace").strip()


def _formats(ioctl: Ioctl, kind: int) -> Iterator[int]:
    for index in count():
        answer = bytearray(struct.pack("=II56x", index, kind))
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
    """Frames per second; drivers give seconds per frame, as fractions."""
    for index in count():
        answer = bytearray(struct.pack("=IIII36x", index, fourcc, *size_wh))
        if not ioctl(_ENUM_FRAMEINTERVALS, answer):
            return
        kind, *numbers = struct.unpack_from("=7I", answer, 16)
        pairs = [numbers[:2]] if kind == _DISCRETE else [numbers[:2], numbers[2:4]]
        yield from (round(denominator / numerator, 2) for numerator, denominator in pairs if numerator)
        if kind != _DISCRETE:
            return


def _node(index: int) -> Path:
    return Path(f"/dev/video{index}")


@contextmanager
def _driver(node: Path) -> Iterator[Ioctl]:
    """Opens the device for requests; raises OSError if that fails."""
    try:
        import fcntl
    except ImportError as error:
        raise OSError("no ioctl on this system") from error

    with node.open("rb", buffering=0) as device:

        def ioctl(request: int, answer: bytearray) -> bool:
            try:
                fcntl.ioctl(device, request, answer)
            except OSError:
                return False
            return True

        yield ioctl
