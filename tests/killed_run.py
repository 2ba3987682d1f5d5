"""A run in a process of its own, to be killed: python -m tests.killed_run SOURCE TARGET MILLISECONDS_A_FRAME"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from realtime.convert import VideoSettings, stylize_video
from realtime.frame import Frame

SETTINGS = VideoSettings(styles="negative", segment_frames=7)


class Negative:
    def __init__(self, wait: float = 0) -> None:
        self.calls = 0
        self._wait = wait

    def stylize(self, frame: Frame) -> Frame:
        self.calls += 1
        time.sleep(self._wait)
        return 255 - frame


if __name__ == "__main__":
    stylize_video(Path(sys.argv[1]), Path(sys.argv[2]), Negative(float(sys.argv[3]) / 1000), SETTINGS, resume=True)
