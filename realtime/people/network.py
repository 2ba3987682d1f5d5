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

from nstcam.realtime.effects.steady import cell_means, moved
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
    """How likely each 2x2 of its pixels show a person."""


def sighting(frame: Frame) -> Sighting:
    """Looks for people in a frame of any size. Depends on nothing but the frame; may be called from several threads."""
    small = _shrunk(frame)
    return Sighting(small, _likely(small))


class Sightings:
    """Looks for people in the frames of a live picture, in order: while nothing moves, the network rests for a few
    frames, and what it said last is taken. Not for files, whose parts may begin anywhere."""

    def __init__(self) -> None:
        self._likely: Likely | None = None
        """What the network has said last ..."""
        self._cells: NDArray[np.float32] | None = None
        """... and of what, in means over cells of 4x4."""
        self._rested = 0

    def of(self, frame: Frame) -> Sighting:
        """As `sighting`; where nothing has moved, with an earlier answer."""
        small = _shrunk(frame)
        cells = cell_means(small)
        if self._likely is not None and self._rested < RESTS and _is_still(cells, self._cells):
            self._rested += 1
            return Sighting(small, self._likely)
        self._likely, self._cells, self._rested = _likely(small), cells, 0
        return Sighting(small, self._likely)


def _is_still(cells: NDArray[np.float32], before: NDArray[np.float32] | None) -> bool:
    """Whether no cell has moved."""
    return before is not None and cells.shape == before.shape and not moved(cells, before).any()


def _shrunk(frame: Frame) -> Frame:
    """The frame at the size of the network that fits its proportions."""
    height, width = frame.shape[:2]
    return resize(frame, WIDE_WH if width >= WIDE * height * 0.999 else SQUARE_WH)


def _likely(small: Frame) -> Likely:
    with _opening:
        session = _session("wide" if small.shape[1::-1] == WIDE_WH else "square")
    likely: Likely = session.run(None, {"planes": np.array(cv2.split(small), np.float32)[None]})[0]
    return likely


@cache
def _session(name: str) -> Any:
    return open_session(NETS / f"{name}.onnx", devices.CPU, threads=1, spin="never")
