"""A painter of frames as nstcam shows them."""

from __future__ import annotations

from collections.abc import Callable

from nstcam.realtime.effects.enlarge import enlarged
from nstcam.realtime.effects.strokes import ratio_for, shrunk
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame


def as_shown(stylizer: Stylizer) -> Callable[[Frame], Frame]:
    """Paints frames with the default strokes: large ones are painted smaller and enlarged."""

    def paint(frame: Frame) -> Frame:
        ratio = ratio_for((frame.shape[0], frame.shape[1]), 1.0)
        small = shrunk(frame, ratio)
        return enlarged(frame, small, stylizer.stylize(small), ratio)

    return paint
