"""Segments: stretches of encoded video that stand alone, each made by an encoder of its own.

Where a segment ends depends only on the number of frames. So a run that resumes at the start of a segment writes the
same packets as an uninterrupted one, and segments from several machines fit together.
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

from nstcam.realtime.own_files import create_anew

SEGMENT_FRAMES: Final = 120
"""The most that a kill can cost. About half the distance that encoders leave between key frames by default."""

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
    """

    pts: Integers
    keyframes: NDArray[np.bool_]
    sizes: Integers
    data: NDArray[np.uint8]
    end: int

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
                    end=np.array(self.end, np.int64),
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
        try:  # opened here: NumPy leaves a damaged archive open, and Windows cannot remove an open file
            with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
                arrays = {name: saved[name] for name in ("pts", "keyframes", "sizes", "data")}
                segment = cls(**arrays, end=int(saved["end"]))
        except (BadZipFile, KeyError, EOFError) as error:
            raise ValueError(f"{path} is damaged") from error
        if len(segment.data) != segment.sizes.sum() or not len(segment.pts):
            raise ValueError(f"{path} is damaged")
        return segment

    def packets(self) -> Iterator[bytes]:
        """The bytes of each packet, in decoding order."""
        end = 0
        for size in self.sizes:
            yield self.data[end : end + size].tobytes()
            end += size


def frame_count(path: Path) -> int:
    """The number of frames in a saved segment, without reading its packets.

    Raises:
        OSError: it cannot be read.
        ValueError: it is damaged.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
            return len(saved["pts"])
    except (BadZipFile, KeyError, EOFError) as error:
        raise ValueError(f"{path} is damaged") from error


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
    """The display times of saved segments, one after the other, and the time at which the last segment ends.

    Raises:
        OSError: a segment cannot be read.
    """
    times, end = [], 0
    for path in paths:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
            times.append(saved["pts"])
            end = int(saved["end"])
    return np.concatenate(times), end
