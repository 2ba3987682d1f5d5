"""Measures how sharp the edges of large frames are: painted as they are, and as nstcam shows them.

    python -m benchmarks.quality.sharpness [--size 1280x720] [--style NAME]... PHOTOGRAPH...

The figure is the correlation of the painted picture's gradients with the photograph's (grey, Scharr, both directions
together): 1 where all edges of the photograph are there and no others. nstcam paints large frames smaller and enlarges
them with the frame's own detail, so the ratio of the two figures tells what that costs. Photographs should have as many
pixels as the size: enlarged ones have no fine edges to lose.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.make_references import bundled_styles
from benchmarks.quality.sheet import frame_of
from benchmarks.tools.machine import machine, title
from benchmarks.tools.shown import as_shown
from nstcam.export.errors import ExportError
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import NstError
from nstcam.realtime.frame import Frame, size_of
from nstcam.train.errors import TrainError

BLUR: Final = 0.7
"""Pixels: what is finer than this is grain."""


def gradients(frame: Frame) -> NDArray[np.float32]:
    """(2, H, W): changes of the BGR frame's lightness (OpenCV's grey) to the right and downwards."""
    grey = cv2.GaussianBlur(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY).astype(np.float32), (0, 0), BLUR)
    return np.stack([cv2.Scharr(grey, cv2.CV_32F, 1, 0), cv2.Scharr(grey, cv2.CV_32F, 0, 1)])


def sharpness(painted: Frame, photograph: Frame) -> float:
    """Correlation of the gradients of two frames of one size: 1 for the photograph itself or one with more contrast."""
    a, b = gradients(painted), gradients(photograph)
    return float((a * b).sum() / max(np.sqrt(np.square(a).sum() * np.square(b).sum()), 1e-9))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=Path, nargs="+", metavar="PHOTOGRAPH")
    parser.add_argument("--size", default="1280x720", metavar="WIDTHxHEIGHT")
    parser.add_argument("--style", action="append", metavar="NAME", help="a bundled style; repeatable; default: all")
    asked = parser.parse_args()
    if size_of(asked.size) is None:
        parser.error(f"--size {asked.size}: write WIDTHxHEIGHT, like 1280x720")
    try:
        styles = bundled_styles(asked.style)
        frames = [frame_of(path, asked.size) for path in asked.photographs]
        print(f"{title(machine())}\n")
        print(f"| {asked.size} | painted as it is | as shown | ratio | least ratio |\n|---|---|---|---|---|")
        for style in styles:
            with Stylizer(style, "cpu") as stylizer:
                paint = as_shown(stylizer)
                pairs = [(sharpness(stylizer.stylize(f), f), sharpness(paint(f), f)) for f in frames]
            whole, shown = np.mean(pairs, axis=0)
            least = min(b / a for a, b in pairs)
            print(f"| {style.name} | {whole:.2f} | {shown:.2f} | {shown / whole:.2f} | {least:.2f} |", flush=True)
    except (ExportError, TrainError, NstError) as error:
        print(f"benchmarks.quality.sharpness: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
