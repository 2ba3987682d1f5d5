"""Converts a video in a process of its own, so that a test can kill it.

python -m tests.support.killed_run SOURCE TARGET MILLISECONDS [follow]
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.tools.stand_in import Negative
from nstcam.realtime.frame import Frame
from nstcam.realtime.stylizing import UNMOVED, Offset
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.painting import VideoSettings

SETTINGS = VideoSettings(styles="negative", segment_frames=7)


FOLLOWING = replace(SETTINGS, styles="strokes", follow=True, steady=0.5)


class Strokes(Negative):
    """Paints half the negative, half noise that is fixed to the canvas."""

    def __init__(self, wait: float = 0.0) -> None:
        super().__init__(wait)
        self.offsets: list[Offset] = []

    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:
        self.offsets.append(canvas_offset)
        noise = np.random.default_rng(0).integers(0, 128, frame.shape, dtype=np.uint8)
        strokes = np.roll(noise, (canvas_offset.rows, canvas_offset.columns), (0, 1))
        return super().stylize(frame) // 2 + strokes


if __name__ == "__main__":
    source, target, wait = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]) / 1000
    if sys.argv[4:] == ["follow"]:
        stylize_video(source, target, Strokes(wait), FOLLOWING, resume=True)
    else:
        stylize_video(source, target, Negative(wait), SETTINGS, resume=True)
