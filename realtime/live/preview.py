"""The picture in the window: a copy of the frame, compared and mirrored as asked, with the status drawn on it."""

from __future__ import annotations

import time
from typing import Final

import cv2
import numpy as np

from nstcam.realtime.display import hud
from nstcam.realtime.display.compare import compared
from nstcam.realtime.display.grid import draw_grid
from nstcam.realtime.display.window import Pointer
from nstcam.realtime.frame import Frame, resize
from nstcam.realtime.live.hotkeys import help_rows
from nstcam.realtime.live.painter import Painted
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading

SMALLEST_HEIGHT: Final = 480
"""Pictures with fewer lines than this are enlarged, so that the text on them can be read."""
LARGEST_WIDTH: Final = 1920
"""Enlarging stops at this width, since screens are hardly wider; it matters for strips of a panorama."""


def picture(painted: Painted, session: Session, reading: Reading, pointer: Pointer) -> Frame:
    """A new frame, as large as the painted one or a whole multiple of it."""
    original, frame = painted.original, painted.frame
    if session.mirror and not painted.captured.plain:
        original, frame = flipped(original), flipped(frame)
    if session.look.grid and painted.tiles:
        tiles = [flipped(tile) if session.mirror and tile is not None else tile for tile in painted.tiles]
        styles = session.gallery.styles
        height, width = enlarged_hw(frame)
        current = styles.index(session.gallery.current)
        frame = draw_grid(tiles, [style.name for style in styles], (height, width), current)
    else:
        frame = compared(original, frame, session.compare, pointer.x)
    frame = enlarged(frame)
    if frame is painted.frame:
        frame = frame.copy()
    message = session.message if time.monotonic() < session.message_until else ""
    opening = session.gallery.opening
    if opening and not message:
        message = f"opening {opening.name} ..."
    height, width = painted.size_hw
    status = hud.Status(
        session.gallery.title if painted.style else "original",
        session.gallery.device,
        reading,
        message,
        help_rows() if session.help else (),
        shown=session.hud,
        size_wh=(width, height),
        recording=session.recorder is not None and session.recorder.on,
        sending=session.virtual_camera is not None and session.virtual_camera.on,
        slower=session.gallery.slower,
    )
    hud.draw(frame, status)
    return frame


def flipped(frame: Frame) -> Frame:
    """The frame as in a mirror."""
    return cv2.flip(frame, 1).astype(np.uint8, copy=False)


def enlarged_hw(frame: Frame) -> tuple[int, int]:
    """(height, width) enlarged by a whole factor to SMALLEST_HEIGHT lines or more, as far as LARGEST_WIDTH allows."""
    height, width = frame.shape[:2]
    factor = max(min(-(-SMALLEST_HEIGHT // height), LARGEST_WIDTH // width), 1)
    return factor * height, factor * width


def enlarged(frame: Frame) -> Frame:
    """The frame at the size of `enlarged_hw`; the same object if that is its own."""
    height, width = enlarged_hw(frame)
    return resize(frame, (width, height))
