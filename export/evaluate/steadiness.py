"""Measures how steady painted frames are: flicker where nothing moves, and whether strokes follow what does.

All functions are pure. Frames are (H, W, 3) uint8.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.frame import Frame

Motion = NDArray[np.float64]
"""(2, 3): maps a pixel (x, y, 1) of one frame to its position in the next."""

Flow = NDArray[np.float32]
"""(H, W, 2): the displacement (x, y), in pixels, from each pixel of a frame to the same thing in the other frame."""

BORDER: Final = 8
"""Pixels along the borders that `known_warp_error` ignores: what comes into view there has no past."""


def temporal_deviation(frames: Sequence[Frame]) -> float:
    """The standard deviation of each value over time, averaged over pixels and colours, in levels of 255."""
    stack = np.stack(frames).astype(np.float32)
    return float(stack.std(axis=0).mean())


def flicker_gain(sources: Sequence[Frame], painted: Sequence[Frame]) -> float:
    """Temporal deviation of the output divided by that of the input, for a still scene.

    Below 1 the output is steadier than the camera; nan if the input does not change at all.
    """
    noise = temporal_deviation(sources)
    return temporal_deviation(painted) / noise if noise else float("nan")


def shift(x: float, y: float) -> Motion:
    """The motion by x pixels to the right and y pixels down."""
    return np.array([[1, 0, x], [0, 1, y]], np.float64)


def turn(degrees: float, zoom: float, size_wh: tuple[int, int]) -> Motion:
    """The motion that turns a frame counterclockwise about its middle and enlarges it by `zoom`."""
    width, height = size_wh
    return np.asarray(cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, zoom), np.float64)


def moving(photo: Frame, motion: Motion, size_wh: tuple[int, int], count: int) -> list[Frame]:
    """`count` frames of the middle of a photograph, each moved by `motion` relative to the one before.

    Args:
        photo: larger than `size_wh` (width, height) by what comes into view; it is mirrored beyond its border.
    """
    width, height = size_wh
    top, left = (photo.shape[0] - height) / 2, (photo.shape[1] - width) / 2
    centre = np.vstack([shift(-round(left), -round(top)), [0, 0, 1]])
    step = np.vstack([motion, [0, 0, 1]])
    frames = []
    for _ in range(count):
        frames.append(_warped(photo, centre[:2], size_wh))
        centre = step @ centre
    return frames


def known_warp_error(before: Frame, after: Frame, motion: Motion) -> float:
    """RMSE, 0..1, between `after` and `before` moved by `motion`; 0 if all strokes move with the scene."""
    height, width = before.shape[:2]
    moved = _warped(before, motion, (width, height))
    inside = np.zeros((height, width), np.uint8)
    inside[BORDER : height - BORDER, BORDER : width - BORDER] = 1
    seen = np.asarray(cv2.warpAffine(inside, motion, (width, height), flags=cv2.INTER_NEAREST), np.uint8)
    return _rmse(moved, after, (seen & inside).astype(bool))


def flow_warp_error(
    source_before: Frame, source_after: Frame, painted_before: Frame, painted_after: Frame
) -> tuple[float, float]:
    """RMSE, 0..1, between a painted frame and the one before it, moved along the optical flow of the input.

    Only pixels visible in both frames count: those where following the flow forth and back returns to the start
    (Sundaram et al. 2010, as in Ruder et al. 2016). Unlike E_warp of Huang et al. 2017, the mean is over visible
    pixels only, so that scenes with much occlusion do not seem steadier.

    Returns:
        The error, nan if no pixel is visible in both, and the share of pixels that are.
    """
    grey_before, grey_after = (cv2.cvtColor(f, cv2.COLOR_BGR2GRAY) for f in (source_before, source_after))
    estimator = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    forth = np.asarray(estimator.calc(grey_before, grey_after, None), np.float32)  # type: ignore[call-overload]
    back = np.asarray(estimator.calc(grey_after, grey_before, None), np.float32)  # type: ignore[call-overload]
    seen = visible(forth, back)
    return _rmse(along(painted_before, back), painted_after, seen), float(seen.mean())


def along(before: Frame, back: Flow) -> Frame:
    """`before` moved to where the next frame has it; `back` is the flow from that frame to `before`."""
    moved = cv2.remap(before, *_x_and_y(_grid(back) + back), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def visible(forth: Flow, back: Flow) -> NDArray[np.bool_]:
    """(H, W): pixels of the later frame that were inside the earlier one and whose flow back and forth cancels out.

    |back + forth|^2 < 0.01 (|back|^2 + |forth|^2) + 0.5, Sundaram et al. 2010.
    """
    height, width = back.shape[:2]
    origin = _grid(back) + back
    inside = (origin >= 0).all(2) & (origin[..., 0] <= width - 1) & (origin[..., 1] <= height - 1)
    forth_there = cv2.remap(forth, *_x_and_y(origin), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    gap = np.square(back + forth_there).sum(2)
    closes = gap < 0.01 * (np.square(back).sum(2) + np.square(forth_there).sum(2)) + 0.5
    return np.asarray(inside & closes, np.bool_)


def _grid(flow: Flow) -> Flow:
    height, width = flow.shape[:2]
    return np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=2).astype(np.float32)


def _x_and_y(places: Flow) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return np.ascontiguousarray(places[..., 0]), np.ascontiguousarray(places[..., 1])


def _warped(frame: Frame, motion: Motion, size_wh: tuple[int, int]) -> Frame:
    """The frame after `motion`. Cubic interpolation is exact for whole pixels and hardly blurs between them."""
    moved = cv2.warpAffine(frame, motion, size_wh, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(moved, np.uint8)


def _rmse(one: Frame, other: Frame, where: NDArray[np.bool_]) -> float:
    if not where.any():
        return float("nan")
    difference = one[where].astype(np.float32) - other[where].astype(np.float32)
    return float(np.sqrt(np.mean(np.square(difference)))) / 255
