"""Meter: frames per second, milliseconds per frame, latency and drops of the live picture."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Reading:
    """Figures at one moment; 0 where there is nothing to measure yet.

    Attributes:
        fps: frames shown per second, over the meter's window.
        ms: milliseconds that stylizing a frame takes, mean over the window.
        latency_ms: milliseconds from capturing a frame to showing it, mean over the window.
        capture_fps: frames per second that the source delivers, dropped ones included, over the window.
        frames, dropped: frames shown and dropped since the start.
        mean_ms: as `ms`, since the start.
        seconds: from the first frame to the last.
    """

    fps: float = 0.0
    ms: float = 0.0
    latency_ms: float = 0.0
    capture_fps: float = 0.0
    frames: int = 0
    dropped: int = 0
    mean_ms: float = 0.0
    seconds: float = 0.0

    @property
    def mean_fps(self) -> float:
        """Frames shown per second since the start."""
        return (self.frames - 1) / self.seconds if self.seconds > 0 else 0.0


class _Sample(NamedTuple):
    time: float
    ms: float
    latency_ms: float
    captured: float
    number: int


class Meter:
    """Measures frames as they are shown.

    Args:
        window: seconds that the sliding means reach back.
    """

    def __init__(self, window: float = 2.0) -> None:
        self._window = window
        self._samples: deque[_Sample] = deque()
        self._frames = self._dropped = 0
        self._total_ms = 0.0
        self._first: float | None = None
        self._last_number = -1

    def record(self, *, now: float, captured: float, number: int, ms: float) -> None:
        """Counts one shown frame.

        Args:
            now, captured: seconds on the same clock, when it is shown and when it was captured.
            number: of the frame, as the source counts; gaps are dropped frames.
            ms: milliseconds that stylizing took.
        """
        if self._first is None:
            self._first, self._last_number = now, number - 1
        self._frames += 1
        self._total_ms += ms
        self._dropped += number - self._last_number - 1
        self._last_number = number
        self._samples.append(_Sample(now, ms, 1000 * (now - captured), captured, number))
        # Two samples always stay: a rate slower than the window is still a rate.
        while len(self._samples) > 2 and now - self._samples[0].time > self._window:
            self._samples.popleft()

    def reading(self) -> Reading:
        """The figures now; all 0 before the first frame."""
        samples = self._samples
        if not samples or self._first is None:
            return Reading()
        first, last = samples[0], samples[-1]
        span = last.time - first.time
        captured_span = last.captured - first.captured
        return Reading(
            fps=(len(samples) - 1) / span if span > 0 else 0.0,
            ms=sum(sample.ms for sample in samples) / len(samples),
            latency_ms=sum(sample.latency_ms for sample in samples) / len(samples),
            capture_fps=(last.number - first.number) / captured_span if captured_span > 0 else 0.0,
            frames=self._frames,
            dropped=self._dropped,
            mean_ms=self._total_ms / self._frames,
            seconds=samples[-1].time - self._first,
        )
