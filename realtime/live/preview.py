"""The picture in the window: a copy of the frame, compared and mirrored as asked, with the status drawn on it."""

from __future__ import annotations

import time
from typing import Final

import cv2
import numpy as np

from nstcam.realtime.display import hud
from nstcam.realtime.display.compare import compared
from nstcam.realtime.display.picker import Offer, draw_page, draw_strip, grid_cells, strip_cells
from nstcam.realtime.display.window import Pointer
from nstcam.realtime.frame import Frame, resize
from nstcam.realtime.live.choosing.picker import Shown
from nstcam.realtime.live.hotkeys import help_rows
from nstcam.realtime.live.painter import Painted
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading
from nstcam.realtime.style_files.style_preview import decoded_preview

SMALLEST_HEIGHT: Final = 480
"""Pictures with fewer lines than this are enlarged, so that the text on them can be read."""
LARGEST_WIDTH: Final = 1920
"""Enlarging stops at this width, since screens are hardly wider; it matters for strips of a panorama."""


def picture(painted: Painted, session: Session, reading: Reading, pointer: Pointer) -> Frame:
    """A new frame, as large as the painted one or a whole multiple of it. Tells the session's picker where its pictures
    stand."""
    original, frame = painted.original, painted.frame
    mirrored = session.mirror and not painted.captured.plain
    if mirrored:
        original, frame = flipped(original), flipped(frame)
    size_hw = enlarged_hw(frame)
    bottom, raised = hud.bottom_of(size_hw[0], session.hud), 0
    choice = session.picker
    if choice.shown is Shown.OFF:
        frame = enlarged(compared(original, frame, session.compare, pointer.x))
        cells = []
    else:
        styles = session.gallery.styles
        previews = {index: decoded_preview(styles[index].preview) for index in choice.styles}
        pictures = {index: preview for index, preview in previews.items() if preview is not None}
        pictures |= {index: flipped(cell) if mirrored else cell for index, cell in painted.cells.items()}
        offer = Offer([style.name for style in styles], session.gallery.wanted, pictures, original)
        if choice.shown is Shown.GRID:
            cells = grid_cells(size_hw, bottom, choice.styles)
            frame = draw_page(size_hw, cells, offer)
        else:
            cells = strip_cells(size_hw, bottom, choice.styles)
            frame = _own(enlarged(compared(original, frame, session.compare, pointer.x)), painted)
            draw_strip(frame, cells, offer)
            raised = bottom - cells[0].top
    choice.drawn(cells, size_hw)
    frame = _own(frame, painted)
    if session.clean:
        if session.help:
            hud.draw_help(frame, help_rows(), bottom - raised)
        return frame
    message = session.message if time.monotonic() < session.message_until else ""
    opening = session.gallery.opening
    if opening and not message and choice.shown is Shown.OFF:
        message = f"opening {opening.name} ..."
    title = session.gallery.title if painted.style else "original"
    work_height, work_width = painted.size_hw
    status = hud.Status(
        "   ".join(text for text in (title, session.lessons.line) if text),
        session.gallery.device,
        reading,
        message,
        help_rows() if session.help else (),
        shown=session.hud,
        size_wh=(work_width, work_height),
        recording=session.recorder is not None and session.recorder.on,
        sending=session.virtual_camera is not None and session.virtual_camera.on,
        streaming=session.stream is not None and session.stream.on,
        slower=session.gallery.slower,
        raised=raised,
    )
    hud.draw(frame, status)
    return frame


def _own(frame: Frame, painted: Painted) -> Frame:
    """The frame, or a copy of it if outputs or others hold it too."""
    return frame.copy() if frame is painted.frame or frame is painted.original else frame


def flipped(frame: Frame) -> Frame:
    """The frame, mirrored left to right."""
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
