"""How fast nstcam is on this machine: the stages of a live frame, timed one after the other, against the limit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from nstcam.realtime.capture.test_pattern import TestPattern
from nstcam.realtime.checkup import roofline
from nstcam.realtime.display import hud
from nstcam.realtime.effects import steady
from nstcam.realtime.effects.blend import mix
from nstcam.realtime.effects.follow import Follower
from nstcam.realtime.effects.steady import Steady
from nstcam.realtime.engine import cuda_options
from nstcam.realtime.engine.devices import CPU, DEVICES, Device
from nstcam.realtime.engine.style import Style
from nstcam.realtime.engine.ways import Measured
from nstcam.realtime.frame import fit_within
from nstcam.realtime.frame_pool import FramePool
from nstcam.realtime.meter import Reading
from nstcam.realtime.stylizing import UNMOVED, Stylizing

HOLDS_FPS: Final = 30.0
SIZES: Final = ((1920, 1080), (1280, 720), (960, 540), (640, 480), (480, 360), (320, 240))
"""(width, height), the largest first: among them is looked for the one that holds HOLDS_FPS."""
STYLIZE: Final = "stylize"
"""The stage that is the network's; the others are the host's."""
_WARM_FRAMES: Final = 3
_LEAST_FRAMES: Final = 5


@dataclass(frozen=True)
class Stage:
    """Milliseconds a frame."""

    name: str
    median_ms: float
    p95_ms: float


@dataclass(frozen=True)
class Limit:
    """What the hardware would need at least; None where something is not known.

    Attributes:
        macs: multiply-accumulates of the network's convolutions in a frame.
        mac_rate: of matrix products in the style's precision, a second, measured.
        copy_rate: bytes a second read and written in host memory, measured.
        compute_ms: `macs` over `mac_rate`.
        copy_ms: the frame read and written once, over `copy_rate`.
        share: of the larger of both in what stylizing takes: 1 is all that the hardware can do.
    """

    macs: float | None
    mac_rate: float | None
    copy_rate: float
    compute_ms: float | None
    copy_ms: float
    share: float | None


@dataclass(frozen=True)
class Bench:
    """`stages` are those of the default look, `fps` of all one after the other, `host_share` without the network's."""

    style: str
    network: str
    precision: str
    device: str
    threads: int | None
    size_wh: tuple[int, int]
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
    """That frames take through the session, as nstcam.realtime.engine.ways.Taken says it."""
    slower: str | None
    """Why that is not the fastest of the device, and what to do about it."""
    options: dict[str, str]
    """Those of NSTCAM_CUDA_OPTIONS, where CUDA takes part."""


class Clock:
    """Times of named stages, frame by frame."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.times.setdefault(name, []).append(1000 * (time.perf_counter() - began))


def bench(style: Style, stylizer: Measured, size_wh: tuple[int, int], threads: int | None, seconds: float) -> Bench:
    """Runs the stages of the live picture for about `seconds`, then looks for limits and for the size that holds."""
    clock = run_frames(style, stylizer, size_wh, seconds)
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
        frames=len(totals),
        fps=1000 / whole.median_ms,
        ms=whole,
        stages=stages,
        when_on=(summary("blend", blend),),
        host_share=sum(stage.median_ms for stage in stages if stage.name != STYLIZE) / whole.median_ms,
        limit=limit_of(style, stylizer.device, size_wh, threads, stylize_ms, stylizer.precision),
        way=str(stylizer.taken(size_wh[1], size_wh[0])),
        slower=str(stylizer.slower) if stylizer.slower else None,
        options=cuda_options.chosen() if row_of(stylizer.device).cuda_tensors else {},
        holds_wh=largest_that_holds(lambda size: frame_ms(style, stylizer, size), (size_wh, whole.median_ms)),
    )


def run_frames(style: Style, stylizer: Stylizing, size_wh: tuple[int, int], seconds: float) -> Clock:
    """Frames of a moving pattern, twice as large as `size_wh`, on the way from the camera to the window."""
    width, height = size_wh
    camera = [TestPattern((2 * width, 2 * height)).draw(n / 30) for n in range(10)]
    stylizer.warm_up(height, width)
    pool, follower, steadiness, clock = FramePool(), Follower(), Steady(), Clock()
    end, number = 0.0, 0
    while number < _WARM_FRAMES + _LEAST_FRAMES or time.perf_counter() < end:
        if number == _WARM_FRAMES:
            end, clock = time.perf_counter() + seconds, Clock()
        frame = camera[number % len(camera)]
        with clock.stage("resize"):
            source = fit_within(frame, size_wh, pool.take)
        with clock.stage("follow"):
            offset = follower.follow(source) if style.has_canvas else UNMOVED
        with clock.stage(STYLIZE):
            painted = stylizer.stylize(source, offset)
        with clock.stage("steady"):
            shown = steadiness.smooth(source, painted, steady.DEFAULT, offset)
        with clock.stage("blend"):
            mix(source, shown, 0.5)
        with clock.stage("draw"):
            hud.draw(shown.copy(), hud.Status(style.label, stylizer.device, Reading(), size_wh=size_wh))
        number += 1
    return clock


def frame_ms(style: Style, stylizer: Stylizing, size_wh: tuple[int, int]) -> float:
    """A quick look: milliseconds of a frame at that size."""
    times = run_frames(style, stylizer, size_wh, 0.5).times
    times.pop("blend")
    return summary("all", [sum(frame) for frame in zip(*times.values(), strict=True)]).median_ms


def largest_that_holds(
    measure: Callable[[tuple[int, int]], float], known: tuple[tuple[int, int], float]
) -> tuple[int, int] | None:
    """The largest of SIZES whose frames take no longer than HOLDS_FPS allows; None if all take longer.

    Args:
        measure: milliseconds of a frame at a size (width, height).
        known: a size and its milliseconds: sizes far beyond are not tried.
    """
    (width, height), ms = known
    for size in SIZES:
        expected = ms * size[0] * size[1] / (width * height)
        if expected < 2 * 1000 / HOLDS_FPS and (ms if size == known[0] else measure(size)) <= 1000 / HOLDS_FPS:
            return size
    return None


def limit_of(
    style: Style,
    device: str,
    size_wh: tuple[int, int],
    threads: int | None,
    stylize_ms: float,
    precision: str | None = None,
) -> Limit:
    """The least time that the hardware needs for a frame of `size_wh`, and the share of it in `stylize_ms`.

    Args:
        device: its title.
        precision: what the session computes in; None: what the style's file for that device does.
    """
    pixels = size_wh[0] * size_wh[1]
    macs = None if style.macs_per_pixel is None else style.macs_per_pixel * pixels
    rate = roofline.matrix_rate(row_of(device), precision or precision_in_use(style, device) or "float32", threads or 0)
    copying = roofline.copy_rate(threads or 1)
    compute_ms = None if macs is None or rate is None else 1000 * macs / rate
    copy_ms = 1000 * 2 * 3 * pixels / copying
    share = None if compute_ms is None else max(compute_ms, copy_ms) / stylize_ms
    return Limit(macs, rate, copying, compute_ms, copy_ms, share)


def row_of(device: str) -> Device:
    """By its title."""
    return next((row for row in DEVICES.values() if row.title == device), CPU)


def precision_in_use(style: Style, device: str) -> str:
    """The precision of the style's file for that device; GPUs may compute in float16 all the same."""
    return "int8" if device == CPU.title and style.int8_path else style.precision


def summary(name: str, times: list[float]) -> Stage:
    ordered = sorted(times)
    middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    return Stage(name, middle, ordered[min(round(0.95 * len(ordered)), len(ordered) - 1)])


def report(result: Bench) -> str:
    """For people."""
    width, height = result.size_wh
    threads = f", {result.threads} threads" if result.threads else ""
    way = "" if result.device == CPU.title else f", {result.way}"  # there is one way only on the CPU
    way += "".join(f", {name}={value}" for name, value in result.options.items())
    lines = [
        f"style {result.style} ({result.network or 'network unknown'}, {result.precision or 'precision unknown'}) on "
        f"{result.device}{threads}, {width}x{height}{way}",
        f"{'':<10}{'median':>10}{'95 %':>10}",
    ]
    lines += [f"{s.name:<10}{s.median_ms:7.1f} ms{s.p95_ms:7.1f} ms" for s in (*result.stages, result.ms)]
    lines += [f"{s.name:<10}{s.median_ms:7.1f} ms{s.p95_ms:7.1f} ms  when it is on" for s in result.when_on]
    lines.append(f"{result.fps:.1f} frames a second; {100 * result.host_share:.0f} % of the time is not the network's")
    lines.append(limit_line(result.limit))
    size = f"up to {result.holds_wh[0]}x{result.holds_wh[1]}" if result.holds_wh else "at none of the usual sizes"
    lines.append(f"{HOLDS_FPS:.0f} frames a second hold here {size}")
    return "\n".join(lines)


def limit_line(limit: Limit) -> str:
    rate = "unknown" if limit.mac_rate is None else f"{limit.mac_rate / 1e9:.0f} billion a second"
    copying = f"copies of {limit.copy_rate / 1e9:.1f} GB a second"
    if limit.macs is None:
        return f"limit: unknown, for the style does not tell its work; here: products {rate}, {copying}"
    work = f"{limit.macs / 1e9:.1f} billion multiply-accumulates a frame"
    if limit.compute_ms is None or limit.share is None:
        return f"limit: unknown; {work}, {copying}"
    return (
        f"limit: {limit.compute_ms:.1f} ms ({work}, measured {rate}); the network reaches {100 * limit.share:.0f} % of "
        f"it; the frame in and out: {limit.copy_ms:.2f} ms ({copying})"
    )
