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

from nstcam.realtime.engine import devices
from nstcam.realtime.engine.sessions import open_session
from nstcam.realtime.frame import Frame, resize
from nstcam.realtime.people.carry import Carrier, Grey, Likely

NETS: Final = Path(__file__).parent / "nets"
WIDE: Final = 4 / 3
"""A picture is wide if its width divided by its height is at least this: between those of the networks, 1 and 16:9."""

WIDE_WH: Final = 256, 144
SQUARE_WH: Final = 256, 256
STILL: Final = 6
"""Levels of 255. If no place changes by more, nothing has moved: camera noise of 4 levels is 1 in a place's mean."""
RESTS: Final = 3
"""For how many frames the network rests at most while nothing moves: a tenth of a second at 30 frames per second."""
MOVING_RESTS: Final = 2
"""And while something moves slowly."""

_opening = threading.Lock()


class Sighting(NamedTuple):
    """What a network says about a frame."""

    places: Frame
    """The frame at half the size that the network sees."""
    likely: Likely
    """How likely each of its pixels shows a person."""


def sighting(frame: Frame) -> Sighting:
    """Looks for people in a frame of any size. Depends on nothing but the frame; may be called from several threads."""
    small = _shrunk(frame)
    return Sighting(_places(small), _likely(small))


class Sightings:
    """Looks for people in the frames of a live picture, in order: while nothing moves, or slowly, the network rests for
    a few frames, and what it said last is carried along. Not for files, whose parts may begin anywhere."""

    def __init__(self) -> None:
        self._carrier = Carrier()
        self._likely: Likely | None = None
        """What the network has said last, carried along ..."""
        self._grey: Grey | None = None
        """... and of what."""
        self._rested = 0

    def of(self, frame: Frame) -> Sighting:
        """As `sighting`, perhaps with an earlier answer."""
        small = _shrunk(frame)
        places = _places(small)
        grey = np.asarray(cv2.cvtColor(places, cv2.COLOR_BGR2GRAY), np.uint8)
        likely = self._earlier(grey)
        if likely is not None:
            self._rested += 1
            return Sighting(places, likely)
        self._likely, self._grey, self._rested = _likely(small), grey, 0
        return Sighting(places, self._likely)

    def _earlier(self, grey: Grey) -> Likely | None:
        """What the network has said last, as far as it tells where people are now."""
        before, rested = self._grey, self._rested
        if self._likely is None or before is None or before.shape != grey.shape or rested >= RESTS:
            return None
        if cv2.absdiff(before, grey).max() <= STILL:
            return self._likely
        if rested >= MOVING_RESTS:
            return None
        carried = self._carrier.carried(self._likely, before, grey)
        if carried is not None:
            self._likely, self._grey = carried, grey
        return carried


def _places(small: Frame) -> Frame:
    """The mean of each 2x2 pixels."""
    places_wh = small.shape[1] // 2, small.shape[0] // 2
    return np.asarray(cv2.resize(small, places_wh, interpolation=cv2.INTER_AREA), np.uint8)


def _shrunk(frame: Frame) -> Frame:
    """The frame at the size of the network that fits its proportions."""
    return resize(frame, network_wh(frame))


def network_wh(frame: Frame) -> tuple[int, int]:
    """(width, height) at which a network sees the frame."""
    height, width = frame.shape[:2]
    return WIDE_WH if width >= WIDE * height * 0.999 else SQUARE_WH


def _likely(small: Frame) -> Likely:
    with _opening:
        session = _session("wide" if small.shape[1::-1] == WIDE_WH else "square")
    likely: Likely = session.run(None, {"planes": np.array(cv2.split(small), np.float32)[None]})[0]
    return likely


@cache
def _session(name: str) -> Any:
    return open_session(NETS / f"{name}.onnx", devices.CPU, threads=1, spin="never")
