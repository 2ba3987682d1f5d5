"""Measures all stages of a live frame at HD sizes, from the camera's frame to the picture with its status.

    python -m benchmarks.hd [--peer FOLDER] [--style starry] [--threads 2] [--rounds 7] [--output FILE]

Each case is a size and a ratio of picture to painting. Cases alternate round by round, and with --peer the peer paints
at the same output size in between, so that other work on the machine affects all alike. The least of the rounds is the
figure that other work disturbs least; the median says what it was like. `cpu` is the processor time of a frame on all
threads, which other work hardly changes: on cores of their own, frames take at least that, divided by the cores.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from benchmarks.tools.machine import machine, title, write_json
from benchmarks.tools.peer import Peer, install
from nstcam.realtime.capture.test_pattern import TestPattern
from nstcam.realtime.checkup.bench import Clock
from nstcam.realtime.display import hud
from nstcam.realtime.effects import steady
from nstcam.realtime.effects.blend import finished
from nstcam.realtime.effects.enlarge import enlarged
from nstcam.realtime.effects.follow import Follower
from nstcam.realtime.effects.steady import Steady
from nstcam.realtime.effects.strokes import Ratio, painting_hw, ratio_for, scale_of, shrunk
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import resize
from nstcam.realtime.frame_pool import FramePool
from nstcam.realtime.meter import Reading
from nstcam.realtime.style_files.library import find_style
from nstcam.realtime.style_files.style import Style
from nstcam.realtime.stylizing import UNMOVED

CASES: Final = tuple(
    (size_wh, Ratio(ratio))
    for size_wh, ratios in (((1920, 1080), ("2", "5/2", "3")), ((1280, 720), ("2", "3")), ((640, 480), ("1", "5/4")))
    for ratio in ratios
)
FRAMES: Final = 12
"""Per case and round."""


class Case:
    """The loop of one size and ratio."""

    def __init__(self, style: Style, stylizer: Stylizer, size_wh: tuple[int, int], ratio: Ratio) -> None:
        self._style, self._stylizer, self._ratio = style, stylizer, ratio
        self.size_wh, frame_hw = size_wh, (size_wh[1], size_wh[0])
        self.painting_wh = painting_hw(frame_hw, ratio)[::-1]
        self.default = ratio_for(frame_hw, 1.0) == ratio
        self.scale = scale_of(frame_hw, ratio)
        stylizer.warm_up(self.painting_wh[1], self.painting_wh[0])
        self._camera = [TestPattern(size_wh).draw(number / 30) for number in range(FRAMES)]
        self._pool, self._follower, self._steady = FramePool(), Follower(), Steady()
        self.rounds: list[dict[str, float]] = []

    def run(self) -> None:
        """A round: the median of each stage, and the processor time per frame."""
        clock, cpu, height, width = Clock(), 0.0, self.size_wh[1], self.size_wh[0]
        for frame in self._camera:
            began = time.process_time()
            with clock.stage("shrink"):
                source = shrunk(frame, self._ratio, self._pool.take)
            with clock.stage("follow"):
                offset = self._follower.follow(source) if self._style.has_canvas else UNMOVED
            with clock.stage("stylize"):
                painted = self._stylizer.stylize(source, offset)
            with clock.stage("enlarge"):
                large = enlarged(frame, source, painted, self._ratio, self._pool.take)
            with clock.stage("steady"):
                shown = self._steady.smooth(source, large, steady.DEFAULT, offset)
            with clock.stage("draw"):
                hud.draw(shown.copy(), hud.Status(self._style.label, "CPU", Reading(), size_wh=self.painting_wh))
            cpu += time.process_time() - began
            with clock.stage("(plain enlarging)"):
                resize(painted, (width, height), self._pool.take)
            with clock.stage("(original colours)"):
                finished(shown, frame, strength=1, keep_colors=True)
        stages = {name: median(times) for name, times in clock.times.items()}
        all_ms = [sum(times) for times in zip(*(t for n, t in clock.times.items() if n[0] != "("), strict=True)]
        self.rounds.append({**stages, "all": median(all_ms), "least": min(all_ms), "cpu": 1000 * cpu / FRAMES})


class Summary(NamedTuple):
    """Milliseconds of a value over the rounds."""

    least: float
    median: float


def summary(rounds: list[dict[str, float]], name: str) -> Summary:
    values = [each[name] for each in rounds]
    return Summary(min(values), median(values))


def measure(cases: list[Case], peer: Callable[[tuple[int, int]], float] | None, rounds: int) -> dict[str, Any]:
    """Runs the rounds; returns the peer's milliseconds by size, and those of each case."""
    theirs: dict[tuple[int, int], list[float]] = {}
    for case in cases:  # until memory is taken and threads have started
        case.run()
        case.rounds.clear()
    for _ in range(rounds):
        for case in cases:
            case.run()
        for size_wh in dict.fromkeys(case.size_wh for case in cases) if peer else ():
            assert peer is not None
            theirs.setdefault(size_wh, []).append(peer(size_wh))
    return {
        "peer": {f"{w}x{h}": {"least": min(ms), "median": median(ms)} for (w, h), ms in theirs.items()},
        "cases": [
            {
                "size_wh": case.size_wh, "painting_wh": case.painting_wh, "stroke_scale": case.scale,
                "default": case.default,
                **{name: summary(case.rounds, name)._asdict() for name in case.rounds[0]},
            }
            for case in cases
        ],
    }  # fmt: skip


def table(result: dict[str, Any]) -> str:
    """The result as lines of text."""
    names = [name for name in result["cases"][0] if isinstance(result["cases"][0][name], dict)]
    lines = ["milliseconds: least of the rounds (median)", ""]
    for case in result["cases"]:
        size = "{}x{}".format(*case["size_wh"])
        default = ", as by default" if case["default"] else ""
        lines.append(f"{size}, painted at {'{}x{}'.format(*case['painting_wh'])}{default}")
        lines += [f"  {name:<20}{case[name]['least']:8.1f}  ({case[name]['median']:.1f})" for name in names]
        if size in result["peer"]:
            peer = result["peer"][size]
            times = peer["median"] / case["all"]["median"]
            lines.append(f"  {'peer':<20}{peer['least']:8.1f}  ({peer['median']:.1f}), {times:.0f} times as long")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", type=Path, help="folder of the peer's virtual environment")
    parser.add_argument("--style", default="starry")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--output", type=Path, default=Path("benchmark_hd.json"))
    options = parser.parse_args()
    style = find_style(options.style)
    facts = machine()
    print(title(facts), flush=True)
    peer = Peer(install(options.peer), options.threads) if options.peer else None
    with Stylizer(style, "cpu", options.threads) as stylizer:
        cases = [Case(style, stylizer, size_wh, ratio) for size_wh, ratio in CASES]
        result = measure(cases, (lambda size: min(peer.times(size, 2))) if peer else None, options.rounds)
    if peer:
        peer.close()
    print(table(result))
    write_json(options.output, {"machine": facts, "style": style.name, "threads": options.threads, **result})


if __name__ == "__main__":
    main()
