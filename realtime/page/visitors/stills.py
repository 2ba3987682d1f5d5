"""What the tiles of styles show where there is no live picture: the test pattern, small."""

from __future__ import annotations

from typing import Final

from nstcam.realtime.capture.test_pattern import TestPattern
from nstcam.realtime.frame import Frame

STILL_WH: Final = 320, 240


def scene() -> Frame:
    """The picture that each style paints for its tile, uint8 (240, 320, 3) BGR."""
    return TestPattern(STILL_WH).draw(1)
