"""Measures frames from host memory to host memory beside the limit of the hardware, and compares float16 with float32.

The speed is that of johnson at 1920x1080 and of lite at 3840x2160, both in float16. The precisions are compared with
johnson at 3840x2160, where an overflow of float16 would show.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Final
from unittest.mock import patch

import numpy as np

from benchmarks.gpu.record import Record
from benchmarks.gpu.setting import Setting
from benchmarks.tools.host import TimedSession
from nstcam.realtime.capture.test_pattern import TestPattern
from nstcam.realtime.checkup.bench_report import limit_line
from nstcam.realtime.checkup.limit import limit_of
from nstcam.realtime.engine import devices, half
from nstcam.realtime.engine.cuda_lane import AGREES, CudaLane
from nstcam.realtime.engine.half import half_for
from nstcam.realtime.engine.host_lane import HostLane
from nstcam.realtime.engine.sessions import open_session
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.engine.ways import Lane, OpenSession
from nstcam.realtime.frame import Frame
from nstcam.realtime.style_files.style import Style, read_style

WARM: Final = 10


@dataclass(frozen=True)
class Case:
    """A row of the table; `target_fps` is the live frame rate that an H200 should reach."""

    network: str
    size_wh: tuple[int, int]
    target_fps: float


CASES: Final = (Case("johnson", (1920, 1080), 120), Case("lite", (3840, 2160), 60))
OVERFLOW_SIZE: Final = 3840, 2160


@dataclass(frozen=True)
class Figures:
    """Milliseconds per frame, as medians.

    Attributes:
        graph: whether a recorded CUDA graph is replayed.
        live_ms: from host memory to host memory, one frame after the other.
        live_p95_ms: the 95th percentile of the same.
        device_ms: in the session alone.
        overhead: `live_ms - device_ms` as a share of `device_ms`.
        video_ms: from host memory to host memory with `at_once` frames in flight.
        precision: what the stylizer computes in.
    """

    graph: bool
    live_ms: float
    live_p95_ms: float
    device_ms: float
    overhead: float
    video_ms: float
    at_once: int
    precision: str


def measure(setting: Setting, record: Record) -> bool:
    """Returns: whether float16 gives the same pictures as float32."""
    styles = {path.stem: read_style(path) for path in sorted(setting.styles.glob("*.onnx"))}
    lacking = {"johnson", "johnson-float32", "lite"} - set(styles)
    if lacking:
        record.say(f"no style {sorted(lacking)[0]} in {setting.styles}: run step styles first")
        return False
    rows: dict[str, Any] = {}
    for case in CASES:
        style, size_wh = styles[case.network], setting.size(case.size_wh)
        found = figures(style, setting.device, size_wh, 5 if setting.rehearse else setting.frames)
        limit = limit_of(style, devices.DEVICES[setting.device].title, size_wh, None, found.device_ms, found.precision)
        rows[case.network] = asdict(case) | {"size_wh": size_wh} | asdict(found) | {"limit": asdict(limit)}
        record.keep(cases=rows)
        record.say(f"{case_lines(case, size_wh, found)}\n  {limit_line(limit)}")
    size_wh = setting.size(OVERFLOW_SIZE)
    apart = difference(styles["johnson"], styles["johnson-float32"], setting.device, size_wh)
    good = apart["mean"] <= AGREES and apart["deviation"] > 1
    record.keep(float16=apart | {"good": good})
    record.say(
        f"johnson at {size_wh[0]}x{size_wh[1]}, float16 against float32: {apart['mean']:.2f} levels on average, "
        f"at most {apart['largest']:.0f}: {'no overflow' if good else 'THIS IS WRONG'}"
    )
    return good


def live_figures(
    opened: OpenSession, size_wh: tuple[int, int], count: int, lane_of: Callable[[OpenSession], Lane] = CudaLane
) -> tuple[list[float], list[float], bool]:
    """Milliseconds of each of `count` frames end to end and in the session, and whether a CUDA graph is replayed."""
    sessions: list[tuple[TimedSession, bool]] = []

    def open_timed(size_hw: tuple[int, int] | None = None, *, graph: bool = False) -> Any:
        session = TimedSession(opened(size_hw, graph=graph))
        sessions.append((session, graph))
        return session

    lane = lane_of(open_timed)
    frames = pictures(size_wh)
    lane.prepare(size_wh[1], size_wh[0])
    for n in range(WARM):
        lane.stylize(frames[n % len(frames)])
    for session, _ in sessions:
        session.times.clear()
    whole = []
    for n in range(count):
        began = time.perf_counter()
        lane.stylize(frames[n % len(frames)])
        whole.append(1000 * (time.perf_counter() - began))
    used, with_graph = max(sessions, key=lambda each: len(each[0].times))
    lane.close()
    return whole, used.times, with_graph


def video_ms(stylizer: Stylizer, size_wh: tuple[int, int], count: int) -> float:
    """Milliseconds per frame with `stylizer.at_once` frames in flight, as in `nstcam video`."""
    frames = pictures(size_wh)
    stylizer.warm_up(size_wh[1], size_wh[0])

    def some(first: int) -> None:
        for n in range(first, count, stylizer.at_once):
            stylizer.stylize(frames[n % len(frames)])

    with ThreadPoolExecutor(stylizer.at_once) as pool:
        began = time.perf_counter()
        list(pool.map(some, range(stylizer.at_once)))
        return 1000 * (time.perf_counter() - began) / count


def figures(style: Style, device: str, size_wh: tuple[int, int], count: int) -> Figures:
    row = devices.DEVICES[device]
    model = half_for(style.path, row) or style.path  # as Stylizer does

    def opened(size_hw: tuple[int, int] | None = None, *, graph: bool = False) -> Any:
        return open_session(model, row, size_hw=size_hw, graph=graph)

    lane_of = CudaLane if row.cuda_tensors else lambda opened: HostLane(opened())
    whole, inside, graph = live_figures(opened, size_wh, count, lane_of)
    stylizer = Stylizer(style, device, at_once=2)
    try:
        overlapped = video_ms(stylizer, size_wh, count)
    finally:
        stylizer.close()
    live, alone = median(whole), median(inside)
    return Figures(
        graph=graph,
        live_ms=live,
        live_p95_ms=sorted(whole)[round(0.95 * (count - 1))],
        device_ms=alone,
        overhead=(live - alone) / alone,
        video_ms=overlapped,
        at_once=stylizer.at_once,
        precision=stylizer.precision,
    )


def difference(first: Style, second: Style, device: str, size_wh: tuple[int, int]) -> dict[str, float]:
    """Compares two styles of the same weights on one frame, in levels of 255.

    Returns:
        mean and largest: how far their pictures are apart. deviation: the standard deviation of the first picture,
        because infinities from an overflow of float16 end as black, white or one flat colour.
    """
    frame = pictures(size_wh)[0]
    painted = []
    for style in (first, second):
        with computing_in(style.precision):
            stylizer = Stylizer(style, device)
        stylizer.warm_up(*frame.shape[:2])
        painted.append(stylizer.stylize(frame))
        stylizer.close()
    apart = np.abs(painted[0].astype(np.int16) - painted[1])
    return {"mean": float(apart.mean()), "largest": float(apart.max()), "deviation": float(painted[0].std())}


@contextmanager
def computing_in(precision: str) -> Iterator[None]:
    """Keeps a float32 style in float32; GPUs would otherwise compute it in half precision."""
    with patch.dict(os.environ, {half.VARIABLE: precision if precision == "float32" else "auto"}):
        yield


def pictures(size_wh: tuple[int, int]) -> list[Frame]:
    """Four frames of moving shapes with the noise of a camera."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 16, (size_wh[1], size_wh[0], 3), np.uint8)
    return [np.maximum(TestPattern(size_wh).draw(n / 30), noise) for n in range(4)]


def case_lines(case: Case, size_wh: tuple[int, int], found: Figures) -> str:
    width, height = size_wh
    return (
        f"\n{case.network} float16 {width}x{height}, CUDA graph {'replayed' if found.graph else 'not possible'}\n"
        f"  live   {found.live_ms:7.2f} ms (95 %: {found.live_p95_ms:.2f}) {1000 / found.live_ms:7.1f} fps, "
        f"target {case.target_fps:.0f} on an H200\n"
        f"  device {found.device_ms:7.2f} ms, the host adds {100 * found.overhead:.0f} %, target 10 %\n"
        f"  video  {found.video_ms:7.2f} ms {1000 / found.video_ms:26.1f} fps, {found.at_once} frames at once"
    )
