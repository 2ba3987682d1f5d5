"""Masks of videos that are stylized segment by segment: a run may start at any segment and gives the same frames.

As with steadiness (effects/steady_segments.py), each segment has a memory of its own, which begins `overlap` frames
before it and fades in.
"""

from __future__ import annotations

from nstcam.realtime.effects.blend import mix
from nstcam.realtime.effects.steady_segments import LONGEST
from nstcam.realtime.frame import Frame
from nstcam.realtime.people.masks import Masks, Seen
from nstcam.realtime.people.network import Sighting


class SegmentedMasks:
    """Makes the masks of a video, frame by frame in order, starting at 0 or `overlap` frames before any segment.

    Attributes:
        overlap: frames that a run has to look at before its first segment.
    """

    def __init__(self, segment_frames: int) -> None:
        self.overlap = min(LONGEST, segment_frames // 2)
        self._segment_frames = segment_frames
        self._current, self._next = Masks(), Masks()

    def take(self, index: int, frame: Frame, sighting: Sighting, seconds: float) -> Seen:
        """The mask of frame number `index` of the video, from 0, shown at that time."""
        place = index % self._segment_frames
        if place == 0 and index:
            self._current, self._next = self._next, Masks()
        seen = self._current.take(frame, sighting, seconds)
        into = place - (self._segment_frames - self.overlap)
        if into < 0:
            return seen
        following = self._next.take(frame, sighting, seconds)
        weight = (into + 1) / (self.overlap + 1)
        return Seen(
            mix(seen.mask, following.mask, weight), (1 - weight) * seen.present + weight * following.present
        )  # fmt: skip
