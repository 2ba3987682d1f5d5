"""Measures what each step that can be applied to a live frame costs.

    python -m benchmarks.live [--size 640x480] [--style starry] [--device auto] [--fps 30] [--json FILE]

Values are medians of CPU time on one thread, so that other load matters little; only a network on another device is
measured in wall time. A cross-fade runs two styles for 0.3 s, a blend runs them all the time. Shares are of the time
between two frames at the given rate, and of the time the network takes.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from nstcam.realtime.capture.test_pattern import TestPattern
from nstcam.realtime.display import hud
from nstcam.realtime.display.compare import Compare, compared
from nstcam.realtime.display.picker import ACROSS, PAGE, Offer, draw_page, draw_strip, grid_cells, strip_cells
from nstcam.realtime.effects.blend import in_colors_of, mix
from nstcam.realtime.effects.follow import Follower
from nstcam.realtime.effects.steady import DEFAULT, Steady
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame, fit_within, letterbox, resize
from nstcam.realtime.live.hotkeys import help_rows
from nstcam.realtime.live.painter import largest_change
from nstcam.realtime.live.preview import flipped
from nstcam.realtime.meter import Reading
from nstcam.realtime.style_files.library import find_style
from nstcam.realtime.stylizing import Offset

RUNS: Final = 60


def median_ms(function: Callable[[], object], clock: Callable[[], float] = time.thread_time, runs: int = RUNS) -> float:
    function()
    took = []
    for _ in range(runs):
        began = clock()
        function()
        took.append(clock() - began)
    return 1000 * float(np.median(took))


def with_status(frame: Frame, *, keys: bool) -> Frame:
    copy = frame.copy()
    status = hud.Status("The Starry Night, Vincent van Gogh", "CPU", Reading(29.9, 20, 40, 30), size_wh=(640, 480))
    if keys:
        status = hud.Status("The Starry Night", "CPU", Reading(), help_rows=help_rows())
    hud.draw(copy, status)
    return copy


def steps(size_wh: tuple[int, int]) -> dict[str, Callable[[], object]]:
    """The steps that run on the CPU, by name."""
    pattern = TestPattern(size_wh)
    frame, other = pattern.draw(0), pattern.draw(5)
    painted = (255 - frame).astype(np.uint8)
    large = TestPattern((1280, 720)).draw(0)
    size_hw = size_wh[1], size_wh[0]
    cells = {style: resize(frame, (size_wh[0] // ACROSS, size_wh[1] // ACROSS)) for style in range(PAGE)}
    offer = Offer(["name"] * PAGE, 0, cells, frame)
    strip, page = strip_cells(size_hw, size_hw[0], range(ACROSS)), grid_cells(size_hw, size_hw[0], range(PAGE))
    small = resize(frame, (size_wh[0] // 2, size_wh[1] // 2))
    steady, inputs = Steady(), [frame, other] * 2
    follower, moving = Follower(), [pattern.draw(number / 30) for number in range(10)]

    def smooth() -> Frame:
        inputs.append(inputs.pop(0))
        return steady.smooth(inputs[0], painted, DEFAULT)

    def follow() -> Offset:
        moving.append(moving.pop(0))
        return follower.follow(moving[0])

    return {
        "scaling 1280x720 down": lambda: fit_within(large, size_wh),
        "looking for a change": lambda: largest_change(frame, other),
        "following": follow,
        "steadiness": smooth,
        "strength 0.6": lambda: mix(frame, painted, 0.6),
        "original colours": lambda: in_colors_of(painted, frame),
        "cross-fade or blend, mixing only": lambda: mix(painted, other, 0.5),
        "scaling half of the size up": lambda: resize(small, size_wh),
        "mirror": lambda: flipped(painted),
        "compare, wipe": lambda: compared(frame, painted, Compare.WIPE),
        "compare, side by side": lambda: compared(frame, painted, Compare.SIDES),
        "figures": lambda: with_status(painted, keys=False),
        "keys shown": lambda: with_status(painted, keys=True),
        "strip of styles, drawing only": lambda: draw_strip(painted.copy(), strip, offer),
        "grid of styles, drawing only": lambda: draw_page(size_hw, page, offer),
        "virtual camera, letterbox": lambda: letterbox(painted, (1280, 720)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="640x480")
    parser.add_argument("--style", default="starry")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--fps", type=float, default=30)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    width, height = (int(side) for side in arguments.size.split("x"))
    stylizer = Stylizer(find_style(arguments.style), arguments.device, threads=1)
    frame = TestPattern((width, height)).draw(0)
    clock = time.thread_time if stylizer.device == "CPU" else time.perf_counter
    network = median_ms(lambda: stylizer.stylize(frame), clock, runs=15)
    costs = {f"network, {arguments.style} on {stylizer.device}": network}
    costs["cross-fade or blend, second network"] = network
    costs |= {name: median_ms(step) for name, step in steps((width, height)).items()}
    print(f"{arguments.size:38}{'ms':>8}{f'of {arguments.fps:g} fps':>12}{'of network':>12}")
    for name, ms in costs.items():
        print(f"{name:38}{ms:8.2f}{ms * arguments.fps / 1000:12.1%}{ms / network:12.1%}")
    stylizer.close()
    if arguments.json:
        arguments.json.write_text(json.dumps(costs, indent=1) + "\n")


if __name__ == "__main__":
    main()
