"""Measures what a frame costs on its way to the virtual camera: letterbox and conversion to the driver's format.

    python -m benchmarks.virtual_camera [--size 640x480] [--repeats 200] [--json FILE]

Prints the median and the 95th percentile in milliseconds. Formats alternate, so that other load affects all of them.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from nstcam.realtime.capture.test_pattern import TestPattern
from nstcam.realtime.frame import letterbox, size_of
from nstcam.realtime.output.pixel_format import pack
from nstcam.realtime.output.virtual_camera import SIZE_WH

FORMATS = ("BGR", "RGBA", "I420", "NV12", "YUYV", "UYVY")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="640x480", type=size_of)
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.size is None:
        parser.error("--size must be WIDTHxHEIGHT, at least 32x32")

    frame = TestPattern(options.size).draw(1.0)
    boxed = letterbox(frame, SIZE_WH)
    stages = {"letterbox": lambda: letterbox(frame, SIZE_WH)}
    stages |= {name: (lambda name=name: pack(boxed, name)) for name in FORMATS}
    times: dict[str, list[float]] = {name: [] for name in stages}
    for _ in range(options.repeats):
        for name, stage in stages.items():
            began = time.perf_counter()
            stage()
            times[name].append(1000 * (time.perf_counter() - began))

    figures = {name: np.percentile(values, (50, 95)).round(2).tolist() for name, values in times.items()}
    print(f"{SIZE_WH[0]}x{SIZE_WH[1]}   median ms   p95 ms")
    for name, (median, high) in figures.items():
        print(f"{name:<10}{median:>11.2f}{high:>9.2f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
