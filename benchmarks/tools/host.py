"""Measures the part of a frame spent outside ONNX Runtime: resizing, copies and Python."""

from __future__ import annotations

import time
from statistics import median
from typing import Any, Final, NamedTuple

from nstcam.realtime.capture.test_pattern import TestPattern
from nstcam.realtime.engine.host_lane import HostLane
from nstcam.realtime.frame import fit_within
from nstcam.realtime.frame_pool import FramePool

_WARM: Final = 8


class Host(NamedTuple):
    """Median milliseconds per frame."""

    resize: float
    around: float
    """Time in `HostLane` outside the session."""
    session: float

    @property
    def share(self) -> float:
        """The part of the frame's time outside the session, 0..1."""
        return (self.resize + self.around) / (self.resize + self.around + self.session)


def host(session: Any, size_wh: tuple[int, int], frames: int = 100) -> Host:
    """Times `frames` frames from a camera of twice that size (width, height)."""
    width, height = size_wh
    camera = [TestPattern((2 * width, 2 * height)).draw(n / 30) for n in range(4)]
    timed = TimedSession(session)
    lane, pool, found = HostLane(timed), FramePool(), []
    for number in range(_WARM + frames):
        began = time.perf_counter()
        source = fit_within(camera[number % 4], size_wh, pool.take)
        resized = time.perf_counter()
        lane.stylize(source)
        whole, inside = 1000 * (time.perf_counter() - resized), timed.times[-1]
        found.append((1000 * (resized - began), whole - inside, inside))
    return Host(*(median(stage) for stage in zip(*found[_WARM:], strict=True)))


class TimedSession:
    """A session that records the milliseconds of each run in `times`."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.times: list[float] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def run_with_iobinding(self, *arguments: Any) -> None:
        began = time.perf_counter()
        self._session.run_with_iobinding(*arguments)
        self.times.append(1000 * (time.perf_counter() - began))
