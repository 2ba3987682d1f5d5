"""Speed on an NVIDIA GPU, frame in host memory to frame in host memory: python -m benchmarks.gpu [--device tensorrt]

Makes its styles itself: preset johnson (of --johnson CHECKPOINT, else with random weights: as fast, but say so) and
preset lite of the bundled starry, both in float16. Checks johnson in float16 against float32 at 3840x2160. Prints a
table, writes benchmark_gpu.json. Without a GPU it says what is missing, in one line.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np

from benchmarks.tools.host import TimedSession
from benchmarks.tools.machine import machine, title, write_json
from nstcam.realtime.capture.test_pattern import TestPattern
from nstcam.realtime.checkup.bench import limit_line, limit_of
from nstcam.realtime.engine import devices
from nstcam.realtime.engine.devices import Device
from nstcam.realtime.engine.lanes import AGREES, CudaLane, Lane, OpenSession
from nstcam.realtime.engine.sessions import open_session
from nstcam.realtime.engine.style import Style, read_style
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame

WARM: Final = 10


@dataclass(frozen=True)
class Case:
    """A row of the table; `target_fps` is what an H200 should reach live."""

    network: str
    size_wh: tuple[int, int]
    target_fps: float


CASES: Final = (Case("johnson", (1920, 1080), 120), Case("lite", (3840, 2160), 60))
OVERFLOW_SIZE: Final = 3840, 2160


@dataclass(frozen=True)
class Figures:
    """Milliseconds a frame, medians. `graph`: a recorded CUDA graph is replayed.

    `live_ms` from host memory to host memory, one after the other; `video_ms` with `at_once` frames on their way;
    `device_ms` in the session alone; `overhead` is what live adds to it, as a share of it.
    """

    graph: bool
    live_ms: float
    live_p95_ms: float
    device_ms: float
    overhead: float
    video_ms: float
    at_once: int


def live_figures(
    opened: OpenSession, size_wh: tuple[int, int], count: int, lane_of: Callable[[OpenSession], Lane] = CudaLane
) -> tuple[list[float], list[float], bool]:
    """Milliseconds of `count` frames end to end and in the session, and whether a graph is replayed."""
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
    """Milliseconds a frame where neighbours overlap."""
    frames = pictures(size_wh)
    stylizer.warm_up(size_wh[1], size_wh[0])

    def some(first: int) -> None:
        for n in range(first, count, stylizer.at_once):
            stylizer.stylize(frames[n % len(frames)])

    with ThreadPoolExecutor(stylizer.at_once) as pool:
        began = time.perf_counter()
        list(pool.map(some, range(stylizer.at_once)))
        return 1000 * (time.perf_counter() - began) / count


def figures(style: Style, device: str, case: Case, count: int) -> Figures:
    row = devices.DEVICES[device]

    def opened(size_hw: tuple[int, int] | None = None, *, graph: bool = False) -> Any:
        return open_session(style.path, row, size_hw=size_hw, graph=graph)

    whole, inside, graph = live_figures(opened, case.size_wh, count)
    stylizer = Stylizer(style, device, at_once=2)
    try:
        overlapped = video_ms(stylizer, case.size_wh, count)
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
    )


def difference(first: Style, second: Style, device: str, size_wh: tuple[int, int]) -> dict[str, float]:
    """Levels of 255 by which two styles of the same weights differ, and how many the first paints with.

    An overflow of float16 gives infinities, which end as black, white or one flat colour.
    """
    frame = pictures(size_wh)[0]
    painted = []
    for style in (first, second):
        stylizer = Stylizer(style, device)
        painted.append(stylizer.stylize(frame))
        stylizer.close()
    apart = np.abs(painted[0].astype(np.int16) - painted[1])
    return {"mean": float(apart.mean()), "largest": float(apart.max()), "deviation": float(painted[0].std())}


def pictures(size_wh: tuple[int, int]) -> list[Frame]:
    """Moving shapes with the noise of a camera."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 16, (size_wh[1], size_wh[0], 3), np.uint8)
    return [np.maximum(TestPattern(size_wh).draw(n / 30), noise) for n in range(4)]


def make_styles(folder: Path, johnson: Path | None) -> dict[str, Style]:
    """johnson and lite in float16, johnson-float32."""
    import torch

    from nstcam.export.convert.exporter import Precision, export_style
    from nstcam.train.fit.warm_start import find_warm_start
    from nstcam.train.network.checkpoint import Checkpoint, StyleIdentity, load_checkpoint
    from nstcam.train.network.networks import PRESETS, build_network

    if johnson is not None:
        slow = load_checkpoint(johnson)
    else:
        torch.manual_seed(0)
        preset = PRESETS["johnson"]
        slow = Checkpoint(preset, build_network(preset).state_dict(), StyleIdentity("johnson"), 0, {})
    made = {}
    wanted: tuple[tuple[str, Checkpoint, Precision], ...] = (
        ("johnson", slow, "float16"),
        ("johnson-float32", slow, "float32"),
        ("lite", load_checkpoint(find_warm_start("starry")), "float16"),
    )
    for name, checkpoint, precision in wanted:
        export_style(checkpoint, folder / f"{name}.onnx", precision, check=False)
        made[name] = read_style(folder / f"{name}.onnx")
    return made


def gpu_name() -> str:
    asked = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip().partition("\n")[0]
    except (OSError, subprocess.CalledProcessError):
        return "GPU unknown"


def refusal(device: Device) -> str | None:
    """Why nothing can be measured here."""
    if not device.cuda_tensors:
        return f"--device {device.title.lower()} is none of NVIDIA's; use cuda or tensorrt, or nstcam bench"
    return devices.missing(device)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=sorted(devices.DEVICES), default="cuda")
    parser.add_argument("--johnson", type=Path, help="a trained checkpoint of preset johnson")
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--output", type=Path, default=Path("benchmark_gpu.json"))
    options = parser.parse_args(arguments)
    reason = refusal(devices.DEVICES[options.device])
    if reason:
        print(f"benchmarks.gpu: nothing to measure on: {reason}", file=sys.stderr)
        return 1
    facts = machine() | {"gpu": gpu_name(), "device": options.device}
    result: dict[str, Any] = {"machine": facts, "trained": options.johnson is not None, "cases": {}}
    print(f"{title(facts)}\n{facts['gpu']}, {options.device}; johnson {'trained' if options.johnson else 'random'}")
    with tempfile.TemporaryDirectory() as folder:
        styles = make_styles(Path(folder), options.johnson)
        for case in CASES:
            style = styles[case.network]
            found = figures(style, options.device, case, options.frames)
            limit = limit_of(style, devices.DEVICES[options.device].title, case.size_wh, None, found.device_ms)
            result["cases"][case.network] = asdict(case) | asdict(found) | {"limit": asdict(limit)}
            print(case_lines(case, found))
            print(f"  {limit_line(limit)}")
        check = partial(difference, styles["johnson"], styles["johnson-float32"], options.device)
        result["float16"] = apart = check(OVERFLOW_SIZE)
    fits = apart["mean"] <= AGREES and apart["deviation"] > 1
    print(
        f"\njohnson at {OVERFLOW_SIZE[0]}x{OVERFLOW_SIZE[1]}, float16 against float32: {apart['mean']:.2f} levels on "
        f"average, at most {apart['largest']:.0f}: {'no overflow' if fits else 'THIS IS WRONG'}"
    )
    write_json(options.output, result)
    return 0 if fits else 1


def case_lines(case: Case, found: Figures) -> str:
    width, height = case.size_wh
    return (
        f"\n{case.network} float16 {width}x{height}, CUDA graph {'replayed' if found.graph else 'not possible'}\n"
        f"  live   {found.live_ms:7.2f} ms (95 %: {found.live_p95_ms:.2f}) {1000 / found.live_ms:7.1f} fps, "
        f"target {case.target_fps:.0f} on an H200\n"
        f"  device {found.device_ms:7.2f} ms, the host adds {100 * found.overhead:.0f} %, target 10 %\n"
        f"  video  {found.video_ms:7.2f} ms {1000 / found.video_ms:26.1f} fps, {found.at_once} frames at once"
    )


if __name__ == "__main__":
    sys.exit(main())
