"""Checks that memory does not grow with the length of a video.

    python -m benchmarks.video.memory [--frames 20000] [--json FILE]

Runs stylize_video in style starry on a clip of small frames with sound, in this process, and samples its resident
memory. Fails if the memory grows by 30 MB or more between the first minute (or frame 1000, if that is sooner) and the
end of the file. Linux only.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Final

from benchmarks.tools.memory import rss_mb
from benchmarks.video.long_clip import make_long_clip
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.style_files.library import find_style
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.pipeline import Progress

LIMIT_MB: Final = 30.0
START_FRAMES: Final = 1000
START_SECONDS: Final = 60.0


def measure(frames: int, folder: Path) -> dict[str, float]:
    """The frames, the seconds, and the memory in MB: when counting starts, at the end, and the most in between."""
    clip = make_long_clip(folder / "clip.mp4", frames / 25, Fraction(25))
    stylizer = Stylizer(find_style("starry"), "cpu")
    began, start, most = time.monotonic(), 0.0, 0.0

    def note(progress: Progress) -> None:
        nonlocal start, most
        if not start and (progress.frames >= START_FRAMES or time.monotonic() - began >= START_SECONDS):
            start = rss_mb()
        if start and progress.frames % 50 == 0:
            most = max(most, rss_mb())

    stylize_video(clip, folder / "out.mp4", stylizer, VideoSettings(encoder="software", steady=0.7), progress=note)
    end, seconds = rss_mb(), time.monotonic() - began
    return {"frames": frames, "seconds": seconds, "start_mb": start, "end_mb": end, "most_mb": max(most, end)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=20_000)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        record = measure(asked.frames, Path(name))
    growth = record["most_mb"] - record["start_mb"]
    print(
        f"{asked.frames} frames in {record['seconds']:.0f} s: {record['start_mb']:.1f} MB at the start of counting, "
        f"{record['most_mb']:.1f} MB at most, {record['end_mb']:.1f} MB at the end: growth {growth:.1f} MB"
    )
    if asked.json:
        asked.json.write_text(json.dumps({**record, "growth_mb": growth}, indent=1))
    if growth >= LIMIT_MB:
        sys.exit(f"the memory grew by {growth:.1f} MB, {LIMIT_MB:.0f} MB are allowed")


if __name__ == "__main__":
    main()
