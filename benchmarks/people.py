"""Measures telling people from the background: what it costs, how still the mask is, and what it takes for people.

    python -m benchmarks.people [--style starry] [--rounds 9] [--rooms FOLDER]

Cost: live frames of 640x480 with and without people told apart, the least mean of a round. First the whole picture
moves fast, then the person in it slowly; rounds with and without alternate. `cpu` is the time of all processors in a
frame. Stillness: a still picture under fresh noise of 4 levels in each frame, in which the network looks at each; the
mean change of the mask from frame to frame where it has an edge, in levels of 255, in files and live. Rooms:
photographs without people; the share of their pixels that the mask takes for one.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.tools.machine import machine, title
from nstcam.realtime.capture.sources import Captured
from nstcam.realtime.effects.look import Look
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame, covering
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.painter import Painter
from nstcam.realtime.people.half import enlarged, halved, seen_at_half
from nstcam.realtime.people.layers import before
from nstcam.realtime.people.masks import Masks
from nstcam.realtime.people.network import sighting
from nstcam.realtime.picture.file import read_picture
from nstcam.realtime.style_files.library import find_style

PERSON: Final = Path(__file__).parents[1] / "train" / "photos" / "astronaut.jpg"
SIZE_HW: Final = 480, 640
NOISE: Final = 4.0
"""Levels of the noise in each frame, by its standard deviation."""
FRAMES: Final = 12
"""Per round."""
FAST: Final = 6
"""Pixels that the whole picture moves from frame to frame, so that the network looks at each."""
SLOW: Final = 1
"""Pixel that the person alone moves from frame to frame, to and fro, so that the network may rest."""


def noisy(frame: Frame, rng: np.random.Generator) -> Frame:
    """The frame under fresh noise."""
    noise = rng.normal(0, NOISE, frame.shape)
    return np.clip(frame + noise, 0, 255).round().astype(np.uint8)


def swayed(picture: Frame, right: int) -> Frame:
    """The picture with the person in it moved to the right, before her own background."""
    mask = np.roll(Masks().take(picture, sighting(picture), 0).mask, right, 1)
    return before(picture, np.ascontiguousarray(np.roll(picture, right, 1)), np.ascontiguousarray(mask))


def least(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """(ms, ms of processor time) of one call, the least of the rounds of each."""
    took = []
    for _ in range(rounds):
        clock, cpu = time.perf_counter(), time.process_time()
        work()
        took.append((time.perf_counter() - clock, time.process_time() - cpu))
    return 1000 * min(wall for wall, _ in took), 1000 * min(cpu for _, cpu in took)


def stages(frames: list[Frame], rounds: int) -> None:
    """Prints what each step takes, on one thread of the processor."""
    masks, count = Masks(), iter(range(10**9))
    halves = [halved(frame) for frame in frames]
    found, painted = sighting(halves[0]), 255 - frames[0]
    mask = seen_at_half(masks, frames[0], sighting, 0).mask

    def turn(of: list[Frame]) -> Frame:
        return of[next(count) % len(of)]

    for name, work in (
        ("halving", lambda: halved(turn(frames))),
        ("network", lambda: sighting(turn(halves))),
        ("mask", lambda: enlarged(masks.take(turn(halves), found, 0).mask, SIZE_HW)),
        ("together", lambda: before(frames[0], painted, mask)),
    ):
        wall, cpu = least(work, rounds * FRAMES)
        print(f"{name:10}{wall:7.2f} ms{cpu:7.2f} ms cpu")


def kept(look: Look) -> Callable[[], Look]:
    return lambda: look


def passed(painter: Painter, frames: list[Frame]) -> None:
    """Paints the frames, one after the other."""
    for frame in frames:
        painter.paint(Captured(frame, time.monotonic(), 0))


def cost(style: str, frames: list[Frame], rounds: int) -> None:
    """Prints frames with and without people told apart."""
    gallery = Gallery([find_style(style)], lambda found: Stylizer(found, "cpu", None))
    looks = {paint: Look(steady=0.8, paint=paint) for paint in ("all", "person")}
    painters = {
        paint: Painter(gallery, SIZE_HW[::-1], kept(look), "") for paint, look in looks.items()
    }  # fmt: skip
    took: dict[str, list[tuple[float, float]]] = {paint: [] for paint in looks}
    for _ in range(rounds + 1):
        for paint, painter in painters.items():
            took[paint].append(least(partial(passed, painter, frames), 1))
    gallery.close()
    walls = {paint: min(wall for wall, _ in spent[1:]) / len(frames) for paint, spent in took.items()}
    cpus = {paint: min(cpu for _, cpu in spent[1:]) / len(frames) for paint, spent in took.items()}
    for paint in looks:
        print(f"paint {paint:7}{walls[paint]:7.2f} ms{cpus[paint]:7.2f} ms cpu")
    print(
        f"slower by {100 * (1 - walls['all'] / walls['person']):.0f} %, cpu {cpus['person'] - cpus['all']:.2f} ms more"
    )


def stillness(picture: Frame, *, live: bool) -> float:
    """The mean change of the mask's edge from frame to frame, in levels of 255."""
    rng, masks, kept = np.random.default_rng(0), Masks(), list[NDArray[np.int16]]()
    for number in range(60):
        frame, seconds = noisy(picture, rng), number / 30
        seen = seen_at_half(masks, frame, sighting, seconds) if live else masks.take(frame, sighting(frame), seconds)
        kept.append(seen.mask.astype(np.int16))
    late = kept[30:]
    edge = cv2.dilate(((late[0] > 0) & (late[0] < 255)).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    changes = [np.abs(b - a)[edge].mean() for a, b in pairwise(late)]
    return float(np.mean(changes))


def taken_for_people(path: Path) -> float:
    """The share of a picture that the mask takes for people, in percent."""
    frame = np.asarray(read_picture(path).pixels, np.uint8)
    return float(100 * (Masks().take(frame, sighting(frame), 0).mask > 127).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--style", default="starry")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--rooms", type=Path, metavar="FOLDER", help="photographs without people")
    options = parser.parse_args()
    print(title(machine()))
    picture = covering(np.asarray(read_picture(PERSON).pixels, np.uint8), SIZE_HW)
    rng = np.random.default_rng(0)
    fast = [noisy(np.roll(picture, FAST * number, 1), rng) for number in range(FRAMES)]
    slow = [noisy(swayed(picture, SLOW * (FRAMES // 2 - abs(FRAMES // 2 - number))), rng) for number in range(FRAMES)]
    stages(fast, options.rounds)
    for what, frames in (("the picture moves fast", fast), ("the person moves slowly", slow)):
        print(f"{what}:")
        cost(options.style, frames, options.rounds)
    flicker = [stillness(picture, live=live) for live in (False, True)]
    print(f"edge of a still picture: {flicker[0]:.2f} levels from frame to frame, live {flicker[1]:.2f}")
    if options.rooms:
        shares = {path.name: taken_for_people(path) for path in sorted(options.rooms.iterdir())}
        print("\n".join(f"{name}: {share:.2f} %" for name, share in shares.items()))


if __name__ == "__main__":
    main()
