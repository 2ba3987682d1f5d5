"""Checks that sound and picture stay together in a long video.

    python -m benchmarks.video.drift [--seconds 3600] [--json FILE]

Stylizes a clip in which a flash and a click coincide every ten seconds, and compares the time from each flash to its
click with that in the clip. Fails if any click has moved by half a frame or more.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from benchmarks.tools.stand_in import Negative
from benchmarks.video.long_clip import EVERY, make_long_clip
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.painting import VideoSettings


@dataclass(frozen=True)
class Moments:
    """The times of flashes and of the beginnings of clicks, and the ends of both tracks, in seconds."""

    flashes: list[float]
    clicks: list[float]
    picture_end: float
    sound_end: float


def moments(path: Path) -> Moments:
    """The moments of a file, read with PyAV as a player would play it."""
    levels, times = [], []
    end = Fraction(0)
    with av.open(str(path)) as container:
        base = container.streams.video[0].time_base or Fraction(1)
        for picture in container.decode(video=0):
            levels.append(float(picture.to_ndarray(format="gray").mean()))
            times.append(float((picture.pts or 0) * base))
            end = ((picture.pts or 0) + (picture.duration or 0)) * base
    away = np.abs(np.array(levels) - np.median(levels)) > 80
    flashes = [at for at, flash in zip(times, away, strict=True) if flash]
    clicks: list[float] = []
    sound_end = 0.0
    with av.open(str(path)) as container:
        for sound in container.decode(audio=0):
            begin = float(sound.time or 0)
            loud = np.flatnonzero(np.abs(sound.to_ndarray()[0].astype(float)) > 0.25)
            sound_end = begin + sound.samples / sound.sample_rate
            for place in loud:
                at = begin + float(place) / sound.sample_rate
                if not clicks or at - clicks[-1] > EVERY / 2:
                    clicks.append(at)
    return Moments(flashes, clicks, float(end), sound_end)


def drift(before: Moments, after: Moments) -> list[float]:
    """The milliseconds by which each click moved against its flash. Raises: ValueError: a flash or click is lost."""
    counts = {len(side) for seen in (before, after) for side in (seen.flashes, seen.clicks)}
    if len(counts) != 1 or 0 in counts:
        raise ValueError(f"flashes and clicks are lost: {counts} of them")
    lags = [np.array(seen.clicks) - np.array(seen.flashes) for seen in (before, after)]
    return [round(float(value), 3) for value in 1000 * (lags[1] - lags[0])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--rate", type=Fraction, default=Fraction(30000, 1001))
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        clip, target = make_long_clip(Path(name) / "clip.mp4", asked.seconds, asked.rate), Path(name) / "out.mp4"
        began = time.monotonic()
        report = stylize_video(clip, target, Negative(), VideoSettings(encoder="software"))
        seconds = time.monotonic() - began
        before, after = moments(clip), moments(target)
    moved = drift(before, after)
    record = {
        "frames": report.frames, "seconds": seconds, "flashes": len(moved), "start_ms": moved[0],
        "middle_ms": moved[len(moved) // 2], "end_ms": moved[-1], "worst_ms": max(map(abs, moved)),
        "length_change_ms": 1000 * (after.picture_end - before.picture_end),
        "sound_length_change_ms": 1000 * (after.sound_end - before.sound_end),
    }  # fmt: skip
    print(
        f"{asked.seconds:.0f} s, {report.frames} frames, {len(moved)} flashes with clicks, done in {seconds:.0f} s; "
        f"clicks moved against flashes by {moved[0]} ms at the start, {record['middle_ms']} in the middle, "
        f"{moved[-1]} at the end, {record['worst_ms']} at most; the picture's length changed by "
        f"{record['length_change_ms']:.3f} ms, the sound's by {record['sound_length_change_ms']:.3f} ms"
    )
    if asked.json:
        asked.json.write_text(json.dumps(record, indent=1))
    if record["worst_ms"] > 500 / asked.rate or abs(record["length_change_ms"]) > 1000 / asked.rate:
        sys.exit("sound and picture drifted apart")


if __name__ == "__main__":
    main()
