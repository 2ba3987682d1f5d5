"""How steady painted frames are, as numbers: flicker where nothing moves, and whether strokes follow what moves.

Everything here is pure: frames in, one number out. Frames are (H, W, 3) uint8.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.frame import Frame

Motion = NDArray[np.float64]
"""(2, 3): where a pixel (x, y, 1) of one frame lies in the next."""

Flow = NDArray[np.float32]
"""(H, W, 2): how far, in pixels (x, y), each pixel of a frame lies from the same thing in the other frame."""

BORDER: Final = 8
"""Pixels along the borders that do not count under known motion: what comes into view there has no past."""


def temporal_deviation(frames: Sequence[Frame]) -> float:
    """Standard deviation over time of each value, mean over pixels and colours, in levels of 255."""
    stack = np.stack(frames).astype(np.float32)
    return float(stack.std(axis=0).mean())


def flicker_gain(sources: Sequence[Frame], painted: Sequence[Frame]) -> float:
    """Temporal deviation of the output over that of the input, of a still scene: below 1 steadier than the camera.

    0 of an input that does not change at all, whatever the output does, is undefined: nan.
    """
    noise = temporal_deviation(sources)
    return temporal_deviation(painted) / noise if noise else float("nan")


def shift(x: float, y: float) -> Motion:
    """To the right and down by so many pixels."""
    return np.array([[1, 0, x], [0, 1, y]], np.float64)


def turn(degrees: float, zoom: float, size_wh: tuple[int, int]) -> Motion:
    """Counterclockwise and larger, about the middle of the frame."""
    width, height = size_wh
    return np.asarray(cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, zoom), np.float64)


def moving(photo: Frame, motion: Motion, size_wh: tuple[int, int], count: int) -> list[Frame]:
    """The middle of a photograph, `count` frames of it, each moved by `motion` against the one before.

    Args:
        photo: larger than `size_wh` (width, height) by what comes into view; beyond its border it is mirrored.
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
    """RMSE in 0..1 between `after` and `before` moved by `motion`; zero where strokes move with the scene."""
    height, width = before.shape[:2]
    moved = _warped(before, motion, (width, height))
    inside = np.zeros((height, width), np.uint8)
    inside[BORDER : height - BORDER, BORDER : width - BORDER] = 1
    seen = np.asarray(cv2.warpAffine(inside, motion, (width, height), flags=cv2.INTER_NEAREST), np.uint8)
    return _rmse(moved, after, (seen & inside).astype(bool))


def flow_warp_error(
    source_before: Frame, source_after: Frame, painted_before: Frame, painted_after: Frame
) -> tuple[float, float]:
    """RMSE in 0..1 of a painted frame against the one before, moved along the input's optical flow.

    What is hidden in one of the frames does not count: a pixel is seen in both where going forth and back along the
    flow ends where it began (Sundaram et al. 2010, as in Ruder et al. 2016). Differs from the E_warp of Huang et al.
    2017 in that the mean is over visible pixels only, so that scenes with much occlusion do not seem steadier.

    Returns:
        The error, nan where nothing is seen in both, and the share of pixels that is.
    """
    grey_before, grey_after = (cv2.cvtColor(f, cv2.COLOR_BGR2GRAY) for f in (source_before, source_after))
    estimator = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    forth = np.asarray(estimator.calc(grey_before, grey_after, None), np.float32)  # type: ignore[call-overload]
    back = np.asarray(estimator.calc(grey_after, grey_before, None), np.float32)  # type: ignore[call-overload]
    seen = visible(forth, back)
    return _rmse(along(painted_before, back), painted_after, seen), float(seen.mean())


def along(before: Frame, back: Flow) -> Frame:
    """`before` as it lies in the frame after it; `back` says for each pixel of that where it came from."""
    moved = cv2.remap(before, *_x_and_y(_grid(back) + back), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def visible(forth: Flow, back: Flow) -> NDArray[np.bool_]:
    """(H, W) of the later frame: pixels that came from inside the earlier one, and whose way back and forth closes.

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
    """Cubic: exact for whole pixels, and hardly softer between them."""
    moved = cv2.warpAffine(frame, motion, size_wh, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(moved, np.uint8)


def _rmse(one: Frame, other: Frame, where: NDArray[np.bool_]) -> float:
    if not where.any():
        return float("nan")
    difference = one[where].astype(np.float32) - other[where].astype(np.float32)
    return float(np.sqrt(np.mean(np.square(difference)))) / 255
