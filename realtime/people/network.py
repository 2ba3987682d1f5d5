"""The networks that tell people from the rest: MediaPipe's selfie segmentation, see nets/NOTICE.md.

One sees 256x144 pixels and takes wide pictures, the other 256x256 for square and upright ones. Both run on one thread
of the CPU, whatever device the style runs on: they take a few milliseconds beside it.
"""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.effects.steady import moved
from nstcam.realtime.engine import devices
from nstcam.realtime.engine.sessions import open_session
from nstcam.realtime.frame import Frame, resize

NETS: Final = Path(__file__).parent / "nets"
WIDE: Final = 4 / 3
"""A picture is wide if its width divided by its height is at least this: between those of the networks, 1 and 16:9."""

WIDE_WH: Final = 256, 144
SQUARE_WH: Final = 256, 256
RESTS: Final = 3
"""For how many frames the network rests at most: a tenth of a second at 30 frames per second."""

Likely = NDArray[np.float32]
"""(rows, columns), 0..1: how likely each place shows a person."""

_opening = threading.Lock()


class Sighting(NamedTuple):
    """What a network says about a frame."""

    small: Frame
    """The frame at the network's size."""
    likely: Likely
    """How likely each of its pixels shows a person."""


def sighting(frame: Frame) -> Sighting:
    """Looks for people in a frame of any size. Depends on nothing but the frame; may be called from several threads."""
    small = _shrunk(frame)
    return Sighting(small, _likely(small))


class Sightings:
    """Looks for people in the frames of a live picture, in order: while nothing moves, the network rests for a few
    frames, and what it said last is taken. Not for files, whose parts may begin anywhere."""

    def __init__(self) -> None:
        self._last: Sighting | None = None
        """What the network has said, and of what."""
        self._rested = 0

    def of(self, frame: Frame) -> Sighting:
        """As `sighting`; where nothing has moved, with an earlier answer."""
        small, last = _shrunk(frame), self._last
        if last is not None and self._rested < RESTS and _is_still(small, last.small):
            self._rested += 1
            return Sighting(small, last.likely)
        self._last, self._rested = Sighting(small, _likely(small)), 0
        return self._last


def _is_still(small: Frame, before: Frame) -> bool:
    """Whether no cell of 4x4 has moved."""
    if small.shape != before.shape:
        return False
    size_wh = small.shape[1] // 4, small.shape[0] // 4
    now, then = (cv2.resize(each, size_wh, interpolation=cv2.INTER_AREA).astype(np.float32) for each in (small, before))
    return not moved(now, then).any()


def _shrunk(frame: Frame) -> Frame:
    """The frame at the size of the network that fits its proportions."""
    height, width = frame.shape[:2]
    return resize(frame, WIDE_WH if width >= WIDE * height * 0.999 else SQUARE_WH)


def _likely(small: Frame) -> Likely:
    with _opening:
        session = _session("wide" if small.shape[1::-1] == WIDE_WH else "square")
    likely: Likely = session.run(None, {"frame": small[None]})[0]
    return likely


@cache
def _session(name: str) -> Any:
    return open_session(NETS / f"{name}.onnx", devices.CPU, threads=1, spin="never")
