"""Measures what each stage of a live frame allocates, with tracemalloc, which sees NumPy's and OpenCV's arrays."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from functools import partial
from typing import Final

from nstcam.realtime.capture.test_pattern import TestPattern
from nstcam.realtime.effects import steady
from nstcam.realtime.effects.enlarge import enlarged
from nstcam.realtime.effects.steady import Steady
from nstcam.realtime.effects.strokes import Ratio, painting_hw, shrunk
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame
from nstcam.realtime.frame_pool import FramePool

_WARM: Final = 8
_MEASURED: Final = 8


def allocated(stylizer: Stylizer, size_wh: tuple[int, int]) -> dict[str, int]:
    """The most bytes each stage allocates for a frame after warming up; the frame itself has 3 * width * height."""
    width, height = size_wh
    camera = [TestPattern(size_wh).draw(n / 30) for n in range(4)]
    ratio = Ratio(2)
    pool, steadiness, most = FramePool(), Steady(), dict.fromkeys(("shrink", "stylize", "enlarge", "steady"), 0)
    stylizer.warm_up(*painting_hw((height, width), ratio))
    tracemalloc.start()
    try:
        for number in range(_WARM + _MEASURED):
            if number == _WARM:
                most = dict.fromkeys(most, 0)
            frame = camera[number % 4]
            source = _watched(most, "shrink", partial(shrunk, frame, ratio, pool.take))
            painted = _watched(most, "stylize", partial(stylizer.stylize, source))
            large = _watched(most, "enlarge", partial(enlarged, frame, source, painted, ratio, pool.take))
            _watched(most, "steady", partial(steadiness.smooth, source, large, steady.DEFAULT))
    finally:
        tracemalloc.stop()
    return most


def _watched(most: dict[str, int], stage: str, work: Callable[[], Frame]) -> Frame:
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    result = work()
    _, peak = tracemalloc.get_traced_memory()
    most[stage] = max(most[stage], peak - before)
    return result
