"""How fast nstcam is on this machine: the stages of a live frame, timed and compared with the limit of the hardware."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from nstcam.realtime.capture.test_pattern import TestPattern
from nstcam.realtime.checkup.limit import Limit, limit_of, row_of
from nstcam.realtime.display import hud
from nstcam.realtime.effects import steady
from nstcam.realtime.effects.blend import mix
from nstcam.realtime.effects.enlarge import enlarged
from nstcam.realtime.effects.follow import Follower
from nstcam.realtime.effects.steady import Steady
from nstcam.realtime.effects.strokes import painting_hw, ratio_for, shrunk
from nstcam.realtime.engine import cuda_options
from nstcam.realtime.engine.ways import Measured
from nstcam.realtime.frame_pool import FramePool
from nstcam.realtime.meter import Reading
from nstcam.realtime.style_files.style import Style
from nstcam.realtime.stylizing import UNMOVED, Stylizing

HOLDS_FPS: Final = 30.0
SIZES: Final = ((1920, 1080), (1280, 720), (960, 540), (640, 480), (480, 360), (320, 240))
"""(width, height), largest first: the candidates of `largest_that_holds`."""
STYLIZE: Final = "stylize"
"""The stage in which the network runs; all others run on the CPU."""
_WARM_FRAMES: Final = 3
_LEAST_FRAMES: Final = 5


@dataclass(frozen=True)
class Stage:
    """The time one stage takes per frame."""

    name: str
    median_ms: float
    p95_ms: float


@dataclass(frozen=True)
class Bench:
    """The result of a benchmark.

    Attributes:
        threads: CPU threads of the network; None for ONNX Runtime's default.
        size_wh: size of the frames in pixels (width, height), from the camera to the window.
        painting_wh: size at which they are painted (width, height).
        frames: how many frames were measured.
        fps: frames per second with all `stages` run one after the other.
        ms: the whole frame, all `stages` together.
        stages: the stages of the default look.
        when_on: stages that are off by default; not part of `ms`.
        host_share: the part of the median frame time outside the network, 0..1.
    """

    style: str
    network: str
    precision: str
    device: str
    threads: int | None
    size_wh: tuple[int, int]
    painting_wh: tuple[int, int]
    frames: int
    fps: float
    ms: Stage
    stages: tuple[Stage, ...]
    when_on: tuple[Stage, ...]
    host_share: float
    limit: Limit
    holds_wh: tuple[int, int] | None
    """The largest of SIZES at which HOLDS_FPS holds."""
    way: str
    """How frames pass through the session, as text of nstcam.realtime.engine.ways.Taken."""
    slower: str | None
    """Why this is not the device's fastest way, and what to do about it; None if it is the fastest."""
    options: dict[str, str]
    """The options set by NSTCAM_CUDA_OPTIONS; empty where CUDA is not used."""


class Clock:
    """Measures named stages; `times` has a list of milliseconds for each, one value per frame."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.times.setdefault(name, []).append(1000 * (time.perf_counter() - began))


def bench(
    style: Style,
    stylizer: Measured,
    size_wh: tuple[int, int],
    threads: int | None,
    seconds: float,
    stroke_scale: float = 1.0,
) -> Bench:
    """Times the stages of a live frame for about `seconds`, then measures the limit and finds the size that holds."""
    clock = run_frames(style, stylizer, size_wh, seconds, stroke_scale)
    frame_hw = size_wh[1], size_wh[0]
    height, width = painting_hw(frame_hw, ratio_for(frame_hw, stroke_scale))
    blend = clock.times.pop("blend")
    stages = tuple(summary(name, times) for name, times in clock.times.items())
    totals = [sum(frame) for frame in zip(*clock.times.values(), strict=True)]
    whole = summary("all", totals)
    stylize_ms = next(stage.median_ms for stage in stages if stage.name == STYLIZE)
    return Bench(
        style=style.name,
        network=style.network,
        precision=stylizer.precision,
        device=stylizer.device,
        threads=threads,
        size_wh=size_wh,
        painting_wh=(width, height),
        frames=len(totals),
        fps=1000 / whole.median_ms,
        ms=whole,
        stages=stages,
        when_on=(summary("blend", blend),),
        host_share=sum(stage.median_ms for stage in stages if stage.name != STYLIZE) / whole.median_ms,
        limit=limit_of(style, stylizer.device, (width, height), threads, stylize_ms, stylizer.precision),
        way=str(stylizer.taken(height, width)),
        slower=str(stylizer.slower) if stylizer.slower else None,
        options=cuda_options.chosen() if row_of(stylizer.device).cuda_tensors else {},
        holds_wh=largest_that_holds(
            lambda size: frame_ms(style, stylizer, size, stroke_scale), (size_wh, whole.median_ms)
        ),
    )


def run_frames(
    style: Style, stylizer: Stylizing, size_wh: tuple[int, int], seconds: float, stroke_scale: float = 1.0
) -> Clock:
    """Runs frames of a moving test pattern of `size_wh` through the stages from camera to window.

    Stops after about `seconds`, but not before _LEAST_FRAMES frames are measured; the first _WARM_FRAMES do not count.
    """
    width, height = size_wh
    camera = [TestPattern(size_wh).draw(n / 30) for n in range(10)]
    ratio = ratio_for((height, width), stroke_scale)
    painting_wh = painting_hw((height, width), ratio)[::-1]
    stylizer.warm_up(painting_wh[1], painting_wh[0])
    pool, follower, steadiness, clock = FramePool(), Follower(), Steady(), Clock()
    end, number = 0.0, 0
    while number < _WARM_FRAMES + _LEAST_FRAMES or time.perf_counter() < end:
        if number == _WARM_FRAMES:
            end, clock = time.perf_counter() + seconds, Clock()
        frame = camera[number % len(camera)]
        with clock.stage("shrink"):
            source = shrunk(frame, ratio, pool.take)
        with clock.stage("follow"):
            offset = follower.follow(source) if style.has_canvas else UNMOVED
        with clock.stage(STYLIZE):
            painted = stylizer.stylize(source, offset)
        with clock.stage("enlarge"):
            large = enlarged(frame, source, painted, ratio, pool.take)
        with clock.stage("steady"):
            shown = steadiness.smooth(source, large, steady.DEFAULT, offset)
        with clock.stage("blend"):
            mix(source, painted, 0.5)
        with clock.stage("draw"):
            hud.draw(shown.copy(), hud.Status(style.label, stylizer.device, Reading(), size_wh=painting_wh))
        number += 1
    return clock


def frame_ms(style: Style, stylizer: Stylizing, size_wh: tuple[int, int], stroke_scale: float = 1.0) -> float:
    """The median milliseconds per frame at that size, from half a second of frames."""
    times = run_frames(style, stylizer, size_wh, 0.5, stroke_scale).times
    times.pop("blend")
    return summary("all", [sum(frame) for frame in zip(*times.values(), strict=True)]).median_ms


def largest_that_holds(
    measure: Callable[[tuple[int, int]], float], known: tuple[tuple[int, int], float]
) -> tuple[int, int] | None:
    """The largest of SIZES that runs at HOLDS_FPS or faster; None if there is none.

    Args:
        measure: returns the milliseconds per frame at a size (width, height).
        known: a size and its measured milliseconds; sizes that are expected to take over twice the time are not tried.
    """
    (width, height), ms = known
    for size in SIZES:
        expected = ms * size[0] * size[1] / (width * height)
        if expected < 2 * 1000 / HOLDS_FPS and (ms if size == known[0] else measure(size)) <= 1000 / HOLDS_FPS:
            return size
    return None


def summary(name: str, times: list[float]) -> Stage:
    """Median and 95th percentile of at least one time in milliseconds."""
    ordered = sorted(times)
    middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    return Stage(name, middle, ordered[min(round(0.95 * len(ordered)), len(ordered) - 1)])
