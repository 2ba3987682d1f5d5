"""Segments: stretches of encoded video that stand alone, each made by an encoder of its own.

Where a segment ends depends only on the number of frames. So a run that resumes at the start of a segment writes the
same packets as an uninterrupted one, and segments from several machines fit together.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Self
from zipfile import ZIP_STORED, ZipFile

import numpy as np
from numpy.typing import NDArray

from nstcam.media.own_files import create_anew, open_file

SEGMENT_FRAMES: Final = 120
"""The most that a kill can cost. About half the distance that encoders leave between key frames by default."""

_LAST_TICK: Final = 1 << 62
_TYPES: Final[dict[str, type[np.generic]]] = {
    "pts": np.int64, "keyframes": np.bool_, "sizes": np.int64, "data": np.uint8, "end": np.int64,
    "beside": np.uint8,
}  # fmt: skip

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Segment:
    """N packets in decoding order; times in ticks of the encoding's time base.

    Attributes:
        pts: (N,) display times.
        keyframes: (N,) whether each packet is a key frame.
        sizes: (N,) bytes of each packet.
        data: (sum of sizes,) the packets end to end.
        end: when the last frame ends.
        beside: (any,) the same packets with what belongs beside each, as `with_alpha.matroska_of` gives them; or empty.
    """

    pts: Integers
    keyframes: NDArray[np.bool_]
    sizes: Integers
    data: NDArray[np.uint8]
    end: int
    beside: NDArray[np.uint8] = field(default_factory=lambda: np.empty(0, np.uint8))

    def save(self, path: Path) -> None:
        """Writes the file whole or not at all, even if the power fails.

        Raises:
            OSError: it cannot be written.
        """
        unfinished = path.with_suffix(".unfinished")
        try:
            with create_anew(unfinished) as file:
                np.savez(
                    file, pts=self.pts, keyframes=self.keyframes, sizes=self.sizes, data=self.data,
                    end=np.array(self.end, np.int64), beside=self.beside,
                )  # fmt: skip
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads a saved segment.

        Raises:
            OSError: it cannot be read.
            ValueError: it is damaged.
        """
        pts, end, keyframes, sizes, data, beside = _read(path, "pts", "end", "keyframes", "sizes", "data", "beside")
        frames = len(pts)
        if not 0 < frames == len(keyframes) == len(sizes) or len(end) != 1:
            raise _damaged(path)
        # Each size is checked first, for the sum of wrong ones may wrap around.
        if sizes.min() < 0 or sizes.max() > len(data) or sizes.sum() != len(data):
            raise _damaged(path)
        return cls(pts, keyframes, sizes, data, int(end[0]), beside)

    def packets(self) -> Iterator[bytes]:
        """The bytes of each packet, in decoding order."""
        end = 0
        for size in self.sizes:
            yield self.data[end : end + size].tobytes()
            end += size


def segment_name(number: int) -> str:
    """The file name of segment `number`, counted from 0."""
    return f"{number:06}.npz"


def segment_number(name: str) -> int | None:
    """The number of the segment with that file name; None if it is not the name of one."""
    match = re.fullmatch(r"([0-9]{6,9})\.npz", name)
    return int(match[1]) if match and segment_name(int(match[1])) == name else None


def frame_count(path: Path) -> int:
    """The number of frames in a saved segment, without reading its packets.

    Raises:
        OSError: it cannot be read.
        ValueError: it is damaged.
    """
    return len(_read(path, "pts")[0])


def _read(path: Path, *names: str) -> list[NDArray[Any]]:
    """The named arrays of a segment, each with one axis.

    No larger than the file, whatever its headers say: `save` compresses nothing, and nothing compressed is read.

    Raises:
        OSError: it cannot be read.
        ValueError: it is damaged.
    """
    with open_file(path) as file:
        try:
            archive = ZipFile(file)
            largest = os.fstat(file.fileno()).st_size
            found = [archive.getinfo(f"{name}.npy") for name in names]
            if any(info.compress_type != ZIP_STORED or info.file_size > largest for info in found):
                raise _damaged(path)
            return [_array(archive.read(info), _TYPES[name]) for name, info in zip(names, found, strict=True)]
        except Exception as error:  # zipfile and NumPy raise a dozen kinds for files that they did not write
            raise _damaged(path) from error


def _array(npy: bytes, kind: type[np.generic]) -> NDArray[Any]:
    """An array of NumPy's file format 1.0 with at most one axis, as one with one axis. Allocates nothing."""
    stream = BytesIO(npy)
    version = np.lib.format.read_magic(stream)
    shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    if version != (1, 0) or dtype != kind or len(shape) > 1:
        raise ValueError(f"{dtype} {shape} in version {version}")
    return np.frombuffer(npy, dtype, shape[0] if shape else 1, stream.tell()) if shape != (0,) else np.empty(0, dtype)


def _damaged(path: Path) -> ValueError:
    return ValueError(f"{path} is damaged")


def decoding_times(pts: Integers) -> Integers:
    """Decoding times that strictly rise and never exceed the display times.

    Each packet gets the display time that lies `delay` places earlier in the sorted list, where `delay` is the most
    places by which any packet is stored ahead of its display order. Encoders do the same, but would restart in each
    segment.

    Args:
        pts: (N,) display times in decoding order.

    Returns:
        (N,) times in the same ticks; the first `delay` of them lie before the first display time.
    """
    ordered = np.sort(pts)
    places = np.searchsorted(ordered, pts)
    delay = int(np.max(np.arange(len(pts)) - places, initial=0))
    before_first = ordered[:delay] - (ordered[delay] - ordered[0])
    return np.concatenate([before_first, ordered[: len(pts) - delay]])


def all_pts(paths: Sequence[Path]) -> tuple[Integers, int]:
    """The display times of saved segments, at least one, one after the other, and when the last segment ends.

    Raises:
        OSError: a segment cannot be read.
        ValueError: one is damaged, or they do not follow each other in time.
    """
    times, before = [], 0
    for path in paths:
        pts, end = _read(path, "pts", "end")
        ordered = np.sort(pts)
        if not len(pts) or len(end) != 1 or ordered[0] < before or (np.diff(ordered) <= 0).any():
            raise _damaged(path)
        if not ordered[-1] < end[0] < _LAST_TICK:
            raise _damaged(path)
        times.append(pts)
        before = int(ordered[-1]) + 1
    return np.concatenate(times), int(end[0])
