"""The networks that tell people from the rest: MediaPipe's selfie segmentation, see nets/NOTICE.md.

One sees 256x144 pixels and takes wide pictures, the other 256x256 for square and upright ones. Both run on one thread
of the CPU, whatever device the style runs on: they take a few milliseconds beside it.
"""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.engine import devices
from nstcam.realtime.engine.sessions import open_session
from nstcam.realtime.frame import Frame, resize

NETS: Final = Path(__file__).parent / "nets"
WIDE: Final = 4 / 3
"""A picture is wide if its width divided by its height is at least this: between those of the networks, 1 and 16:9."""

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
    height, width = frame.shape[:2]
    name, size_wh = ("wide", (256, 144)) if width >= WIDE * height * 0.999 else ("square", (256, 256))
    small = resize(frame, size_wh)
    with _opening:
        session = _session(name)
    likely: Likely = session.run(None, {"frame": small[None]})[0]
    return Sighting(small, likely)


@cache
def _session(name: str) -> Any:
    return open_session(NETS / f"{name}.onnx", devices.CPU, threads=1, spin="never")
