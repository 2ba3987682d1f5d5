"""The sound of a recording or a stream: taken from a tape, as far as its pictures have come."""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import Final, Protocol

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer

from nstcam.realtime.capture.tape import RATE, Samples, sample_at

_BITS_PER_SECOND: Final = 160_000
_LATEST: Final = 1.0
"""Seconds that sound may come after its picture. A microphone that is silent for longer must not hold up the file."""


class Sound(Protocol):
    """What sound is taken from, like a Tape."""

    @property
    def end(self) -> int: ...

    def take(self, begin: int, end: int) -> Samples: ...

    def wait_for(self, end: int, timeout: float) -> None: ...


class Silence:
    """Sound that nobody has to wait for, for pictures without any."""

    end = sys.maxsize

    def take(self, begin: int, end: int) -> Samples:
        return np.zeros((2, end - begin), np.float32)

    def wait_for(self, end: int, timeout: float) -> None:
        pass


class SoundTrack:
    """AAC whose first sample belongs to the first picture. Each sample lies at its time, whatever clock the microphone
    has: see Tape."""

    def __init__(self, output: OutputContainer, tape: Sound, first: float) -> None:
        """Adds a stream to `output`, before anything is written to it.

        Args:
            first: when the first picture was captured, in seconds of time.monotonic().
        """
        stream = output.add_stream("aac", rate=RATE, layout="stereo")
        assert isinstance(stream, AudioStream)
        stream.bit_rate = _BITS_PER_SECOND
        self._output, self._stream, self._tape = output, stream, tape
        self._first = self._next = sample_at(first)

    def follow(self, seconds: float) -> None:
        """Writes what has come up to a picture captured at that time."""
        now = sample_at(seconds)
        self._write(max(min(now, self._tape.end), now - sample_at(_LATEST)))

    def finish(self, seconds: float) -> None:
        """Writes the rest, up to that time."""
        end = sample_at(seconds)
        self._tape.wait_for(end, _LATEST)
        self._write(end)
        self._output.mux(self._stream.encode(None))

    def _write(self, end: int) -> None:
        if end <= self._next:
            return
        frame = av.AudioFrame.from_ndarray(self._tape.take(self._next, end), "fltp", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._next - self._first, Fraction(1, RATE)
        self._next = end
        self._output.mux(self._stream.encode(frame))
