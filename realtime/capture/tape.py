"""Tape: the last seconds of sound, each sample at its time, for recordings to take from.

A microphone or the sound of a clip is laid on it as it comes; recordings take what belongs to their pictures. Both name
times by time.monotonic(), the clock of the frames, so sound and picture cannot drift apart however long a recording is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE: Final = 48_000
"""Samples per second."""
Samples = NDArray[np.float32]
"""(2, samples), left and right, -1..1."""

_SECONDS: Final = 40
"""How far back the tape reaches: as far as frames may wait for a slow encoder."""
_TIGHT: Final = RATE // 200
"""Samples that a block may be early or late without being moved: its time is not known any better."""
_LOOSE: Final = RATE * 3 // 100
"""Samples, 30 ms, that a block may be early or late and still be joined to the one before, slightly stretched or
squeezed."""
_PATIENCE: Final = RATE // 4
"""Samples that may come one after the other further off than that, since a driver may be wrong about a single block,
before the tape is set right: a gap becomes silence, and what comes twice is left out."""
_LOST: Final = RATE * 3 // 10
"""A block that is off by more samples than this sets the tape right at once."""
_STRETCH: Final = 200
"""A block is stretched or squeezed by no more than one sample in this many, which nobody hears."""


def sample_at(seconds: float) -> int:
    """The number of the sample at a time of time.monotonic()."""
    return round(seconds * RATE)


class Tape:
    """The sound of one source. Blocks are added in one thread and taken in another."""

    def __init__(self) -> None:
        self._size = _SECONDS * RATE
        self._kept = np.zeros((2, self._size), np.float32)
        self._end: int | None = None
        self._wrong = 0
        """Samples that have come since the last block that was off by at most _LOOSE."""
        self._paused = True
        self._changed = threading.Condition()

    @property
    def end(self) -> int:
        """The number of the sample up to which sound has come; 0 before the first."""
        return self._end or 0

    def add(self, at: float, block: Samples) -> None:
        """Lays a block on the tape.

        Args:
            at: when its first sample was heard, in seconds of time.monotonic(). A clock that goes a little faster or
                slower than that one is evened out.
            block: float32 (2, samples), -1..1.
        """
        with self._changed:
            begin = sample_at(at)
            late = 0 if self._end is None else begin - self._end
            self._wrong = self._wrong + block.shape[1] if abs(late) > _LOOSE else 0
            if self._end is None or (late > 0 and self._is_lost(late)):
                self._silence(begin)
            elif self._is_lost(late):
                block = block[:, -late:]
            elif abs(late) > _TIGHT:
                block = _stretched(block, late)
            self._lay(block)
            self._paused = False
            self._changed.notify_all()

    def cut(self, at: float) -> None:
        """Forgets what was laid after that time, because the clip was moved to another position."""
        with self._changed:
            if self._end is not None:
                self._end = min(self._end, sample_at(at))
                self._wrong = _PATIENCE  # what comes next begins where it says

    def pause(self) -> None:
        """Announces that no sound will come for a while, so that nobody waits for it."""
        with self._changed:
            self._paused = True
            self._changed.notify_all()

    def wait_for(self, end: int, timeout: float) -> None:
        """Waits until sound has come up to sample `end`, at most `timeout` seconds, not at all while it is paused."""
        with self._changed:
            self._changed.wait_for(lambda: self._paused or self.end >= end, timeout)

    def take(self, begin: int, end: int) -> Samples:
        """The samples from number `begin` up to `end`, (2, end - begin); silence where none are known."""
        out = np.zeros((2, max(end - begin, 0)), np.float32)
        with self._changed:
            known = max(begin, self.end - self._size)
            for at, place in self._pieces(known, min(end, self.end)):
                out[:, known - begin + at.start : known - begin + at.stop] = self._kept[:, place]
        return out

    def _is_lost(self, late: int) -> bool:
        """Whether a block so many samples late (early if negative) means that the tape has to be set right."""
        return abs(late) > _LOST or (abs(late) > _LOOSE and self._wrong > _PATIENCE)

    def _silence(self, until: int) -> None:
        if self._end is not None:  # nothing has been laid before the first block
            for _, place in self._pieces(max(self._end, until - self._size), until):
                self._kept[:, place] = 0
        self._end = until

    def _lay(self, block: Samples) -> None:
        assert self._end is not None
        for at, place in self._pieces(self._end, self._end + block.shape[1]):
            self._kept[:, place] = block[:, at]
        self._end += block.shape[1]

    def _pieces(self, begin: int, end: int) -> Iterator[tuple[slice, slice]]:
        """Where the samples from `begin` up to `end` lie, piece by piece up to the end of `_kept`, each as its place
        counted from `begin` and its place in `_kept`. Where there are more than are kept, the last lie over
        the first."""
        at = begin
        while at < end:
            place = at % self._size
            count = min(end - at, self._size - place)
            yield slice(at - begin, at - begin + count), slice(place, place + count)
            at += count


def _stretched(block: Samples, by: int) -> Samples:
    """The block stretched by that many samples, or squeezed if negative, but no more than goes unheard."""
    count = block.shape[1]
    most = count // _STRETCH
    wanted = count + min(max(by, -most), most)
    if wanted == count:
        return block
    at = np.linspace(0, count - 1, wanted)
    return np.stack([np.interp(at, np.arange(count), side) for side in block]).astype(np.float32)
