"""Frames combined: mixtures for strength and cross-fades, and the colours of one with the brightness of another."""

from __future__ import annotations

import cv2
import numpy as np

from realtime.frame import Frame


def mix(first: Frame, second: Frame, amount: float) -> Frame:
    """`first` at amount 0, `second` at 1, both the very objects; a new frame of both in between."""
    if amount <= 0:
        return first
    if amount >= 1:
        return second
    return cv2.addWeighted(first, 1 - amount, second, amount, 0).astype(np.uint8, copy=False)


def keep_colours(painted: Frame, original: Frame) -> Frame:
    """The brightness of `painted` in the colours of `original` (Gatys et al. 2016, "Preserving color")."""
    ycc = cv2.cvtColor(original, cv2.COLOR_BGR2YCrCb)
    cv2.insertChannel(cv2.cvtColor(painted, cv2.COLOR_BGR2GRAY), ycc, 0)
    return cv2.cvtColor(ycc, cv2.COLOR_YCrCb2BGR).astype(np.uint8, copy=False)


def letterbox(frame: Frame, size_wh: tuple[int, int]) -> Frame:
    """The frame in the middle of exactly `size_wh`, as large as fits, black around it."""
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
