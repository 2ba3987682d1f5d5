"""Masks over time: still edges stay still, and what moves is followed at once."""

from __future__ import annotations

from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.effects.steady import moved
from nstcam.realtime.frame import Frame
from nstcam.realtime.people.islands import Places, people_among
from nstcam.realtime.people.network import Sighting
from nstcam.realtime.people.refine import refined
from nstcam.realtime.people.runs import Mask

KEPT: Final = 0.88
"""How much of the previous mask stays where nothing moves."""
WAITS: Final = 1.0
"""Seconds without anybody in sight after which the person counts as gone."""
FADES: Final = 0.6
"""Seconds over which `present` then falls to 0, and rises to 1 again."""


class Seen(NamedTuple):
    """Where people are in a frame."""

    mask: Mask
    present: float
    """0 if nobody is there, 1 if somebody is; in between while that changes."""


class Masks:
    """Makes the masks of one picture's frames, in order; call `reset` when another picture begins."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forgets the past."""
        self._mask: Mask | None = None
        self._people: Places | None = None
        self._scene: NDArray[np.float32] | None = None
        """What the places have shown, smoothed like the mask."""
        self._present = 0.0
        self._time, self._last_seen = 0.0, float("-inf")
        self.settled = False
        """Whether the same frame again would change nothing, now or later."""

    def take(self, frame: Frame, sighting: Sighting, seconds: float) -> Seen:
        """The mask of the next frame.

        Args:
            sighting: what the network says about this frame.
            seconds: when it was taken; only differences matter.
        """
        if self._mask is None or self._mask.shape != frame.shape[:2] or self._scene is None:
            self.reset()
        before = self._mask
        self._people = people_among(sighting.likely, self._people)
        somebody = bool(self._people.any())
        if somebody:
            mask = refined(frame, sighting.places, sighting.likely * self._people)
        else:
            mask = np.zeros(frame.shape[:2], np.uint8)
        follow = self._followed(sighting.places.astype(np.float32))
        self._mask = mask if before is None or follow is None else blended(before, mask, follow)
        self._wait(somebody, seconds, first=before is None)
        self.settled = self._mask is before and self._present == float(somebody)
        return Seen(self._mask, self._present)

    def _followed(self, small: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """How much of the new mask each place takes: 1 where it moves; None for all of it."""
        if self._scene is None or self._scene.shape != small.shape:
            self._scene = small
            return None
        near = cv2.blur(cv2.dilate(moved(small, self._scene), np.ones((5, 5), np.uint8)), (3, 3))
        follow = np.asarray((1 - KEPT) + KEPT * near, np.float32)
        self._scene = np.asarray(cv2.blendLinear(small, self._scene, follow, 1 - follow), np.float32)
        return follow

    def _wait(self, somebody: bool, seconds: float, *, first: bool) -> None:
        """Lets `_present` follow whether somebody is there."""
        step, self._time = max(seconds - self._time, 0.0) / FADES, seconds
        if somebody:
            self._last_seen = seconds
        target = float(seconds - self._last_seen < WAITS)
        self._present = target if first else min(max(target, self._present - step), self._present + step)


def blended(before: Mask, after: Mask, follow: NDArray[np.float32]) -> Mask:
    """`before` where `follow`, of any size, is 0, and `after` where it is 1. Steps that round to zero are not taken; if
    there are no others, the result is `before` itself."""
    levels = np.round(255 * follow).astype(np.uint8)
    share = cv2.resize(levels, after.shape[::-1], interpolation=cv2.INTER_LINEAR)
    # Rounded towards the old value, so that noise of a few levels moves nothing where nothing moves.
    step = np.multiply(cv2.absdiff(before, after), share, dtype=np.uint16)
    step //= 255
    steps = step.astype(np.uint8)
    if not steps.any():
        return before
    return np.asarray(cv2.max(cv2.min(after, cv2.add(before, steps)), cv2.subtract(before, steps)), np.uint8)
