"""Measures how well decoding, painting and encoding overlap.

    python -m benchmarks.video.throughput CLIP [--rounds 5] [--json FILE]

For each case the table has the frames per second of every stage alone and of the whole, and the whole in percent of
what is possible: the rate of the slowest stage or, if that is less, the rate at which all cores together could do the
work of all stages. x264 alone keeps two cores busy, so on a machine with two cores painting is never free. All are
measured in turn in each round, so that other load slows them alike; medians and the range are printed.

    paint     style starry in floats on one thread: painting is the slowest stage, the other cores decode and encode
    8 bits    style starry as CPUs run it, on all cores: encoding is the slowest, and the stages compete for the cores
    decode    the clip as 10-bit HDR in HEVC, in a style that costs nothing
    encode    to HEVC, in a style that costs nothing
    device    a style that waits instead of computing, as for a graphics card

"cores" is how many cores the whole kept busy.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from benchmarks.tools.stand_in import StandIn
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame
from nstcam.realtime.style_files.library import find_style
from nstcam.realtime.style_files.style import read_style
from nstcam.realtime.stylizing import UNMOVED, Offset, Stylizing
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.painting import VideoSettings, paint
from nstcam.realtime.video.reading.frames import TimedFrame
from nstcam.realtime.video.reading.reader import VideoReader
from nstcam.realtime.video.run_encoding import begin_or_resume
from nstcam.realtime.video.timeline import Timeline
from nstcam.realtime.video.work_folder import WorkFolder
from nstcam.realtime.video.writer import VideoWriter

FRAMES: Final = 300
"""Ten seconds, or three segments, so that filling and draining the pipeline is a small part of the time."""
STAGES: Final = ("decode", "paint", "encode")
SETTINGS: Final = VideoSettings(encoder="software")


class CopyStylizer(StandIn):
    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:  # noqa: ARG002 (no canvas)
        return frame.copy()


@dataclass
class Wait(StandIn):
    """A style that sleeps: what a graphics card at work looks like to the processor."""

    seconds: float

    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:  # noqa: ARG002 (no canvas)
        time.sleep(self.seconds)
        return frame.copy()


@dataclass(frozen=True)
class Case:
    name: str
    clip: Path
    stylizer: Stylizing
    settings: VideoSettings


def cases(clip: Path, folder: Path) -> Iterator[Case]:
    """The cases, on clips of the same pictures that are looped or cut to FRAMES frames."""
    plain, deep = folder / "plain.mp4", folder / "deep.mp4"
    looped = ["ffmpeg", "-v", "error", "-stream_loop", "-1", "-i", str(clip), "-frames:v", str(FRAMES), "-an"]
    scaled = ["-vf", "scale=640:-2"]
    subprocess.run([*looped, *scaled, "-c:v", "libx264", "-crf", "20", str(plain)], check=True)
    hdr = ["-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc", "-tag:v", "hvc1"]
    encoder = ["-c:v", "libx265", "-preset", "superfast", "-crf", "14", "-x265-params", "log-level=none"]
    subprocess.run([*looped, *scaled, "-pix_fmt", "yuv420p10le", *encoder, *hdr, str(deep)], check=True)
    floats = read_style(find_style("starry").path)  # a style given by its path runs without its 8-bit file
    yield Case("paint", plain, Stylizer(floats, "cpu", threads=1), SETTINGS)
    yield Case("8 bits", plain, Stylizer(find_style("starry"), "cpu"), SETTINGS)
    yield Case("decode", deep, CopyStylizer(), replace(SETTINGS, quality=40))
    yield Case("encode", plain, CopyStylizer(), replace(SETTINGS, codec="hevc", quality=14))
    yield Case("device", plain, Wait(0.03), SETTINGS)


def measure(case: Case, folder: Path) -> dict[str, float]:
    """One round: frames per second of each stage, of the whole and of what is possible, and the cores kept busy."""
    with VideoReader(case.clip) as reader:
        decoding = cost_of(lambda: sum(1 for _ in reader))
    with VideoReader(case.clip) as reader:
        frames = list(islice(reader, FRAMES))
        timeline: Timeline[Stylizing] = Timeline([(0, case.stylizer)])
        painting = cost_of(lambda: [paint(f.frame, timeline, 0, case.settings) for f in frames])
        encoding = cost_of(lambda: encode(case, reader, frames, folder))
    whole = cost_of(lambda: stylize_video(case.clip, folder / "out.mp4", case.stylizer, case.settings, overwrite=True))
    costs = dict(zip((*STAGES, "whole"), (decoding, painting, encoding, whole), strict=True))
    rates = {name: FRAMES / cost.seconds for name, cost in costs.items()}
    slowest = min(rates[name] for name in STAGES)
    by_cores = FRAMES * (os.cpu_count() or 1) / sum(costs[name].processor for name in STAGES)
    return {
        **rates,
        "slowest": slowest,
        "by_cores": by_cores,
        "percent": 100 * rates["whole"] / min(slowest, by_cores),
        "cores": whole.processor / whole.seconds,
    }


@dataclass(frozen=True)
class Cost:
    """Seconds of wall time, and of processor time over all threads."""

    seconds: float
    processor: float


def cost_of(work: Callable[[], object]) -> Cost:
    began, began_processor = time.monotonic(), time.process_time()
    work()
    return Cost(time.monotonic() - began, time.process_time() - began_processor)


def encode(case: Case, reader: VideoReader, frames: list[TimedFrame], folder: Path) -> None:
    (folder / "work").mkdir(exist_ok=True)
    work = WorkFolder(folder / "work")
    target = folder / "out.mp4"
    encoding = begin_or_resume(work, reader, case.settings, case.settings.codec or "h264", target)
    with VideoWriter(work, encoding, target=target) as writer:
        for timed in frames:
            writer.encode(writer.converted(timed.frame, timed.pts, timed.duration))
        writer.finish()
    work.remove()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", nargs="+", help="Only these.")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    records: list[dict[str, Any]] = []
    print(f"{os.cpu_count()} cores, {FRAMES} frames, medians of {asked.rounds} rounds, frames a second")
    head = " ".join(f"{name:>8}" for name in (*STAGES, "whole"))
    print(f"{'case':<10} {head} {'cores allow':>12} {'of possible':>20} {'cores':>6}")
    with tempfile.TemporaryDirectory() as name:
        chosen = [case for case in cases(asked.clip, Path(name)) if not asked.cases or case.name in asked.cases]
        for case in chosen:
            measure(case, Path(name))  # once for caches and kernel choices
        runs = [[measure(case, Path(name)) for case in chosen] for _ in range(asked.rounds)]
    for index, case in enumerate(chosen):
        rows = [run[index] for run in runs]
        middle = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
        span = [min(row["percent"] for row in rows), max(row["percent"] for row in rows)]
        share = f"{middle['percent']:.0f} % ({span[0]:.0f}-{span[1]:.0f})"
        rates = " ".join(f"{middle[key]:>8.1f}" for key in (*STAGES, "whole"))
        print(f"{case.name:<10} {rates} {middle['by_cores']:>12.1f} {share:>20} {middle['cores']:>6.1f}")
        records.append({"case": case.name, **middle, "percent_range": span})
    if asked.json:
        asked.json.write_text(json.dumps(records, indent=1))


if __name__ == "__main__":
    sys.exit(main())
