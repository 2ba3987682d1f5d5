"""Segments: stretches of encoded video that stand alone, each made by an encoder of its own.

Where one ends depends on the count of frames alone, so a run that goes on at the start of a segment writes the same
packets as a run that was never interrupted, and segments from several machines fit together.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

SEGMENT_FRAMES: Final = 120
"""What a kill can cost at most. About half as long as encoders leave between key frames by themselves."""

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Segment:
    """Packets in order of decoding; times in ticks of the encoding's time base."""

    pts: Integers
    keyframes: NDArray[np.bool_]
    sizes: Integers
    data: NDArray[np.uint8]
    """The packets end to end."""
    end: int
    """When its last frame ends."""

    def save(self, path: Path) -> None:
        """Appears whole or not at all, also on a sudden loss of power. Raises OSError."""
        unfinished = path.with_suffix(".unfinished")
        try:
            with unfinished.open("wb") as file:
                np.savez(
                    file, pts=self.pts, keyframes=self.keyframes, sizes=self.sizes, data=self.data,
                    end=np.array(self.end, np.int64),
                )  # fmt: skip
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises OSError or ValueError if it is not whole."""
        try:
            with np.load(path, allow_pickle=False) as saved:
                arrays = {name: saved[name] for name in ("pts", "keyframes", "sizes", "data")}
                segment = cls(**arrays, end=int(saved["end"]))
        except (BadZipFile, KeyError, EOFError) as error:
            raise ValueError(f"{path} is damaged") from error
        if len(segment.data) != segment.sizes.sum() or not len(segment.pts):
            raise ValueError(f"{path} is damaged")
        return segment

    def packets(self) -> Iterator[bytes]:
        end = 0
        for size in self.sizes:
            yield self.data[end : end + size].tobytes()
            end += size


def frame_count(path: Path) -> int:
    """Of a saved segment, without reading its packets. Raises OSError or ValueError."""
    try:
        with np.load(path, allow_pickle=False) as saved:
            return len(saved["pts"])
    except (BadZipFile, KeyError, EOFError) as error:
        raise ValueError(f"{path} is damaged") from error


def decoding_times(pts: Integers) -> Integers:
    """For packets in order of decoding: times of decoding that strictly rise and never come after those of display.

    Each frame takes the time of display that lies `delay` places earlier in the sorted list; `delay` is the furthest
    that any frame is coded ahead of its place. Encoders do the same, but each segment's would start afresh.
    """
    ordered = np.sort(pts)
    places = np.searchsorted(ordered, pts)
    delay = int(np.max(np.arange(len(pts)) - places, initial=0))
    before_first = ordered[:delay] - (ordered[delay] - ordered[0])
    return np.concatenate([before_first, ordered[: len(pts) - delay]])


def all_pts(paths: Sequence[Path]) -> tuple[Integers, int]:
    """Of several segments in order, and when the last one ends."""
    times, end = [], 0
    for path in paths:
        with np.load(path, allow_pickle=False) as saved:
            times.append(saved["pts"])
            end = int(saved["end"])
    return np.concatenate(times), end
