"""Steadiness for videos that are stylized segment by segment: a run may start at any segment and gives the same frames.

A single smoother remembers everything before, so a run that started in the middle would give other frames. Therefore
each segment has a smoother of its own. It starts `overlap` frames before its segment and fades in while its predecessor
fades out: nothing jumps, and only these frames have to be painted again.
"""

from __future__ import annotations

from typing import Final

from nstcam.realtime.effects.blend import mix
from nstcam.realtime.effects.steady import Steady
from nstcam.realtime.frame import Frame
from nstcam.realtime.stylizing import UNMOVED, Offset

LONGEST: Final = 30
"""Frames of overlap. At the default steadiness, everything further back weighs less than one part in 800."""


class SegmentedSteady:
    """Smooths a video over time, frame by frame in order, starting at 0 or `overlap` frames before any segment.

    Attributes:
        overlap: frames that a run has to paint before its first segment.
    """

    def __init__(self, amount: float, segment_frames: int) -> None:
        """`amount`, 0..1, is how much of the past stays where nothing moves; 0 leaves frames as they are."""
        self.overlap = min(LONGEST, segment_frames // 2) if amount > 0 else 0
        self._amount, self._segment_frames = amount, segment_frames
        self._current, self._next = Steady(), Steady()
        self._style: object = None

    def smooth(
        self, index: int, source: Frame, painted: Frame, style: object, canvas_offset: Offset = UNMOVED
    ) -> Frame:
        """The frame to show.

        Args:
            index: number of the frame in the video, from 0.
            source: the frame that the painting was made from, as it was given to the style.
            painted: the painting, of that size or enlarged.
            style: anything that identifies the style; when it changes, smoothing starts anew.
            canvas_offset: the offset that `painted` was painted with.
        """
        if style != self._style:
            self._current.reset()
            self._next.reset()
            self._style = style
        place = index % self._segment_frames
        if place == 0 and index:
            self._current, self._next = self._next, Steady()
        shown = self._current.smooth(source, painted, self._amount, canvas_offset)
        into = place - (self._segment_frames - self.overlap)
        if into < 0:
            return shown
        following = self._next.smooth(source, painted, self._amount, canvas_offset)
        return mix(shown, following, (into + 1) / (self.overlap + 1))
