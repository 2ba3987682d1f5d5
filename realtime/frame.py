"""Frame, the picture that sources deliver, stylizers repaint and outputs take; and scaling it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
"""(height, width, 3) BGR, 0..255, C-contiguous."""

Take = Callable[[int, int], Frame]
"""Returns memory for a frame of a given height and width, like FramePool.take."""

SMALLEST_SIDE: Final = 32
"""Pixels. The contract of style files refuses frames of less height or width."""


def size_of(text: str) -> tuple[int, int] | None:
    """WIDTHxHEIGHT -> (width, height); None for any other text, or a size too small for styles."""
    match = re.fullmatch(r"(\d{2,5})[xX](\d{2,5})", text)
    size_wh = (int(match[1]), int(match[2])) if match else (0, 0)
    return size_wh if min(size_wh) >= SMALLEST_SIDE else None


def check_frame(frame: Frame) -> None:
    """Raises ValueError, saying what was expected, unless `frame` is a Frame of at least SMALLEST_SIDE."""
    got = f"{frame.dtype} {frame.shape}"
    if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
        raise ValueError(f"frame is {got}, expected uint8 (height, width, 3)")
    if min(frame.shape[:2]) < SMALLEST_SIDE:
        raise ValueError(f"frame is {got}, expected at least {SMALLEST_SIDE}x{SMALLEST_SIDE} pixels")


def fit_within(frame: Frame, size_wh: tuple[int, int], take: Take | None = None) -> Frame:
    """Scales a frame down, never up, to fit into `size_wh` (width, height); its proportions are kept.

    Args:
        take: provides memory for the result; None: new memory.
    """
    height, width = fitted_hw((frame.shape[0], frame.shape[1]), size_wh)
    return resize(frame, (width, height), take)


def fitted_hw(frame_hw: tuple[int, int], size_wh: tuple[int, int]) -> tuple[int, int]:
    """The (height, width) that `fit_within` gives a frame of `frame_hw`."""
    height, width = frame_hw
    scale = min(size_wh[0] / width, size_wh[1] / height, 1.0)
    return max(round(height * scale), 1), max(round(width * scale), 1)


def resize(frame: Frame, size_wh: tuple[int, int], take: Take | None = None) -> Frame:
    """Scales a frame to exactly `size_wh` (width, height).

    On the way down, 2x2 pixels are averaged as long as both sides are even and the result is large enough; the rest is
    linear interpolation, or INTER_AREA if that still halves a side. INTER_AREA alone looks the same, but takes five
    times as long if the ratio is not a whole number.

    Args:
        take: provides memory for the result; None: new memory.
    """
    width, height = size_wh
    while frame.shape[1] >= 2 * width and frame.shape[0] >= 2 * height and not any(s % 2 for s in frame.shape[:2]):
        frame = _scale(frame, (frame.shape[1] // 2, frame.shape[0] // 2), cv2.INTER_AREA, take)
    if (frame.shape[1], frame.shape[0]) == size_wh:
        return frame
    shrinks_far = frame.shape[1] >= 2 * width or frame.shape[0] >= 2 * height
    return _scale(frame, size_wh, cv2.INTER_AREA if shrinks_far else cv2.INTER_LINEAR, take)


def _scale(frame: Frame, size_wh: tuple[int, int], method: int, take: Take | None) -> Frame:
    out = take(size_wh[1], size_wh[0]) if take else None
    return cv2.resize(frame, size_wh, dst=out, interpolation=method).astype(np.uint8, copy=False)


def letterbox(frame: Frame, size_wh: tuple[int, int]) -> Frame:
    """The frame as large as fits into exactly `size_wh` (width, height), centred on black."""
    width, height = size_wh
    scale = min(width / frame.shape[1], height / frame.shape[0])
    inner_wh = (max(round(frame.shape[1] * scale), 1), max(round(frame.shape[0] * scale), 1))
    if inner_wh != (frame.shape[1], frame.shape[0]):
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        frame = cv2.resize(frame, inner_wh, interpolation=method).astype(np.uint8, copy=False)
    if inner_wh == size_wh:
        return frame
    out = np.zeros((height, width, 3), np.uint8)
    top, left = (height - inner_wh[1]) // 2, (width - inner_wh[0]) // 2
    out[top : top + inner_wh[1], left : left + inner_wh[0]] = frame
    return out


def covering(picture: Frame, size_hw: tuple[int, int]) -> Frame:
    """The middle of the picture at exactly that size (height, width), filling it."""
    height, width = size_hw
    scale = max(height / picture.shape[0], width / picture.shape[1])
    rows, columns = min(round(height / scale), picture.shape[0]), min(round(width / scale), picture.shape[1])
    top, left = (picture.shape[0] - rows) // 2, (picture.shape[1] - columns) // 2
    cut = np.ascontiguousarray(picture[top : top + max(rows, 1), left : left + max(columns, 1)])
    return resize(cut, (width, height))
