"""Playing a video file as a camera: each frame at its time, with the pixels, colours and turns of nstcam video."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

from nstcam.realtime.frame import Frame
from nstcam.realtime.video.reader import VideoReader


def read_clip(path: Path, stop: threading.Event) -> Iterator[Frame]:
    """Yields the frames of a video file, upright and in square pixels, each at its time.

    Raises:
        SourceError: it is not a video that can be read, or no frame of it can be decoded.
    """
    with VideoReader(path, square=True) as reader:
        start = time.monotonic()
        for timed in reader:
            stop.wait(max(0.0, start + float(timed.pts * reader.time_base) - time.monotonic()))
            if stop.is_set():
                return
            yield timed.frame
