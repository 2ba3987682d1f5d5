"""Masks of live frames are made at half their size: a quarter of the work, for outlines that are as far off as before.

The networks see a frame that is smaller still, so halving it takes nothing from them; the mask then follows edges that
are two pixels wide.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from nstcam.realtime.frame import Frame
from nstcam.realtime.people.masks import Masks, Seen
from nstcam.realtime.people.network import Sighting, network_wh
from nstcam.realtime.people.runs import Mask


def seen_at_half(masks: Masks, frame: Frame, look_at: Callable[[Frame], Sighting], seconds: float) -> Seen:
    """As `masks.take`, for the halves of frames: who is seen in the next one, with a mask of its whole size."""
    half = halved(frame)
    found = masks.take(half, look_at(half), seconds)
    return Seen(enlarged(found.mask, (frame.shape[0], frame.shape[1])), found.present)


def halved(frame: Frame) -> Frame:
    """The frame at half its size, or as it is if its sides are odd or the network would not see a halved one."""
    height, width = frame.shape[:2]
    least = network_wh(frame)
    if width % 2 or height % 2 or width < 2 * least[0] or height < 2 * least[1]:
        return frame
    return np.asarray(cv2.resize(frame, (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.uint8)


def enlarged(mask: Mask, size_hw: tuple[int, int]) -> Mask:
    """The mask of a halved frame, (height, width), at the size of the frame; one of that size as it is."""
    if mask.shape == size_hw:
        return mask
    return np.asarray(cv2.resize(mask, size_hw[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
