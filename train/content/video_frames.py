"""Frames of videos as content, kept as JPEGs: a decoded 720p frame takes 2.8 MB, and there may be thousands."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.train.content.clip import Clip, upright
from nstcam.train.picture import Picture

MOST_FRAMES: Final = 2048
"""Most frames of all videos together, some 0.2 MB each; more only if each video needs its minimum."""
_LEAST, _MOST = 4, 64
"""Fewest and most frames of one video."""
_QUALITY: Final = 95
_SHORT_SIDE: Final = 720

Packed = NDArray[np.uint8]
"""A JPEG."""


def frames_per_video(videos: int) -> int:
    """How many frames are kept of each video, if there are so many videos."""
    return max(_LEAST, min(_MOST, MOST_FRAMES // max(videos, 1)))


def pack_video(path: Path, most: int) -> list[Packed]:
    """Up to `most` evenly spaced frames, with a shorter side of at most 720 px.

    Raises:
        TrainError: it cannot be read, leads to other files, or its frames are too large.
    """
    frames: list[Packed] = []
    with Clip(path) as clip:
        apart = max(clip.told / most, 1.0)
        for index, frame in enumerate(clip):
            if len(frames) == most and index >= most * apart:  # it is longer than it says
                frames, apart = frames[::2], 2 * apart
            if index >= len(frames) * apart:
                frames.append(_packed(upright(frame)))
    return frames


def unpack(frame: Packed) -> Picture:
    """The frame as RGB uint8."""
    bgr = cv2.imdecode(frame, cv2.IMREAD_COLOR)
    assert bgr is not None
    return np.ascontiguousarray(bgr[..., ::-1], dtype=np.uint8)


def _packed(bgr: Picture) -> Packed:
    scale = _SHORT_SIDE / min(bgr.shape[:2])
    if scale < 1:
        bgr = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return jpeg.astype(np.uint8, copy=False)
