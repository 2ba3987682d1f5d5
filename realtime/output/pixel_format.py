"""Pixel formats of virtual cameras: frames are converted once, straight into the format that the driver takes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.frame import Frame

Packed = NDArray[np.uint8]

V4L2_NAMES: Final = {"YU12": "I420", "NV12": "NV12", "YUYV": "YUYV", "UYVY": "UYVY"}
"""Fourcc of a Linux driver -> name of a pyvirtualcam.PixelFormat."""


def _i420(frame: Frame) -> Any:
    return cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420)


def _nv12(frame: Frame) -> Any:
    """I420 with its two colour planes interleaved."""
    planes, pixels = _i420(frame).ravel(), frame.shape[0] * frame.shape[1]
    out = np.empty_like(planes)
    out[:pixels] = planes[:pixels]
    out[pixels::2], out[pixels + 1 :: 2] = np.split(planes[pixels:], 2)
    return out


_PACK: Final[dict[str, Callable[[Frame], Any]]] = {
    "BGR": lambda frame: frame,
    "RGBA": lambda frame: cv2.cvtColor(frame, cv2.COLOR_BGR2RGBA),
    "I420": _i420,
    "NV12": _nv12,
    "YUYV": lambda frame: cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_YUY2),
    "UYVY": lambda frame: cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_UYVY),
}
"""How each is made. YUV is BT.601 in limited range, as programs expect from cameras. benchmarks/virtual_camera.py
measures the cost."""


def pack(frame: Frame, name: str) -> Packed:
    """Converts a frame of even height and width into the pyvirtualcam.PixelFormat of that name."""
    packed: Packed = _PACK[name](frame)
    return packed


def choose(fourccs: Collection[str]) -> str:
    """The fastest format among those a Linux driver offers; BGR, which pyvirtualcam converts, if none is known."""
    offered = {V4L2_NAMES.get(fourcc) for fourcc in fourccs}
    return next((name for name in ("I420", "NV12", "YUYV", "UYVY") if name in offered), "BGR")
