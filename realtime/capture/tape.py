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
"""Samples by which a block may come too early or too late without being moved: its time is known no better."""
_LOOSE: Final = RATE * 3 // 100
"""Samples by which it may, and is joined to what came before, a little stretched or squeezed: 30 ms."""
_PATIENCE: Final = RATE // 4
"""Samples that may come one after the other with more than that wrong, since a driver may be wrong about a single
block, before the tape is set right: a gap becomes silence, and what comes twice is left out."""
_LOST: Final = RATE * 3 // 10
"""Samples by which a block may be wrong before that is done at once."""
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
        """Samples that have come since the last block that was at most _LOOSE wrong."""
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
        """Forgets what was laid after that time: the clip has been set to another place."""
        with self._changed:
            if self._end is not None:
                self._end = min(self._end, sample_at(at))
                self._wrong = _PATIENCE  # what comes next begins where it says

    def pause(self) -> None:
        """No sound will come for a while: nobody has to wait for it."""
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
        """Whether a block that comes so many samples late, early if negative, says that the tape is wrong."""
        return abs(late) > _LOST or (abs(late) > _LOOSE and self._wrong > _PATIENCE)

    def _silence(self, until: int) -> None:
        if self._end is not None:  # nothing has been laid before the first block
            for _, place in self._pieces(max(self._end, until - self._size), until):
                self._kept[:, place] = 0
        self._end = until

    def _lay(self, block: Samples) -> None:
        assert self._end is not None
        block = block[:, -self._size :]
        for at, place in self._pieces(self._end, self._end + block.shape[1]):
            self._kept[:, place] = block[:, at]
        self._end += block.shape[1]

    def _pieces(self, begin: int, end: int) -> Iterator[tuple[slice, slice]]:
        """The samples from `begin` up to `end`, at most as many as are kept, in the one or two pieces in which they
        lie: counted from `begin`, and where they are kept."""
        at = begin
        while at < end:
            place = at % self._size
            count = min(end - at, self._size - place)
            yield slice(at - begin, at - begin + count), slice(place, place + count)
            at += count


def _stretched(block: Samples, by: int) -> Samples:
    """The block longer by that many samples, shorter if negative, as far as nobody hears it."""
    count = block.shape[1]
    most = count // _STRETCH
    wanted = count + min(max(by, -most), most)
    if wanted == count or count < 2:
        return block
    at = np.linspace(0, count - 1, wanted)
    return np.stack([np.interp(at, np.arange(count), side) for side in block]).astype(np.float32)
