"""A picture that is the same from left to right, to see whether colours lie beside their pixels."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from nstcam.realtime.frame import Frame


def symmetric() -> Frame:
    """A coloured band on grey, whose edges lie between two pairs of columns."""
    picture = np.full((48, 64, 3), 128, np.uint8)
    picture[:, 20:44] = (255, 64, 64)
    return picture


def write_symmetric(path: Path, frames: int = 2) -> Path:
    """The picture as a clip (.mkv), without loss."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=25)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "bgr0"
        for _ in range(frames):
            out.mux(stream.encode(VideoFrame.from_ndarray(symmetric(), "bgr24")))
        out.mux(stream.encode(None))
    return path


def aside(frame: Frame) -> int:
    """The largest difference, in levels, between a picture that was symmetric and its mirror image."""
    return int(np.abs(frame.astype(int) - frame[:, ::-1]).max())
