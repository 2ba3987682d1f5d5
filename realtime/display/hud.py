"""The head-up display: status, messages and help, drawn over the preview and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2

from nstcam.realtime.caption import FONT, fitted, letter_scale, text_width, write
from nstcam.realtime.frame import Frame
from nstcam.realtime.meter import Reading

_BLACK: Final = (0, 0, 0)
_RED: Final = (40, 40, 230)
_ORANGE: Final = (60, 160, 250)
_GREEN: Final = (120, 210, 120)
_LINES_IN_FRAME: Final = 22
"""How many lines of text would fill the frame's height: makes letters equally large at any resolution."""
_SMALLEST_LINE: Final = 8
_HINT: Final = "h help"


@dataclass(frozen=True)
class Status:
    style: str
    device: str
    reading: Reading
    message: str = ""
    help_rows: Sequence[tuple[str, str]] = ()
    """Keys and their meanings, drawn if there are any."""
    shown: bool = True
    """Whether the strip of figures is drawn; messages, help and the recording mark always are."""
    size_wh: tuple[int, int] | None = None
    """Size of the painting, (width, height)."""
    recording: bool = False
    sending: bool = False
    """Whether the virtual camera is on."""
    streaming: bool = False
    slower: bool = False
    """Whether frames take a slower way than the device offers."""
    raised: int = 0
    """Height in pixels, above the strip of figures, of the pictures of styles to choose from; messages stand above
    them."""


def draw(frame: Frame, status: Status) -> None:
    """Draws the status over `frame`, in place."""
    height, width = frame.shape[:2]
    line = _line(height)
    bottom = bottom_of(height, status.shown)
    hint_width = text_width(_HINT, line) + line
    if status.shown:
        _darken(frame, bottom, height)
        right = width - line // 2
        for text, colour in badges(status):
            right -= text_width(text, line) + line // 2
            _badge(frame, text, right, height - 3 * line // 2, line, colour)
            right -= line // 2
        write(frame, fitted(status.style, right - line, line), line // 2, height - 3 * line // 2, line)
        room = width - line // 2 - hint_width
        write(frame, fitted(figures(status, room, line), room, line), line // 2, height - line // 2, line)
    elif not status.raised and not status.message:
        _darken(frame, height - 5 * line // 4, height, width - hint_width)
    if status.shown or not (status.raised or status.message):
        write(frame, _HINT, width + line // 2 - hint_width, height - (line // 2 if status.shown else line // 3), line)
    bottom -= status.raised
    if status.message:
        _darken(frame, bottom - 3 * line // 2, bottom)
        write(frame, fitted(status.message, width - line, line), line // 2, bottom - line // 2, line)
    if status.recording:
        cv2.circle(frame, (width - line, line), line // 2, _RED, cv2.FILLED, cv2.LINE_AA)
    if status.help_rows:
        draw_help(frame, status.help_rows, bottom)


def bottom_of(height: int, shown: bool) -> int:
    """The row above which the picture is free of the strip of figures, if that is shown."""
    return height - 5 * _line(height) // 2 if shown else height


def _line(height: int) -> int:
    """The height of a line of text in a frame of that height."""
    return max(height // _LINES_IN_FRAME, 14)


def badges(status: Status) -> list[tuple[str, tuple[int, int, int]]]:
    """The words that are drawn in boxes, from the right, each with its colour (BGR)."""
    device = (status.device, _ORANGE if status.device == "CPU" or status.slower else _GREEN)
    return [device, *[("CAM", _GREEN)] * status.sending, *[("LIVE", _RED)] * status.streaming]


def figures(status: Status, room: int, line: int) -> str:
    """As many figures as fit into `room` pixels, the most useful first; `line` is the height of a line."""
    reading = status.reading
    wanted = [f"{reading.fps:.1f} fps", f"latency {reading.latency_ms:.0f} ms", f"camera {reading.capture_fps:.1f} fps"]
    if status.size_wh:
        wanted.append(f"{status.size_wh[0]}x{status.size_wh[1]}")
    wanted += [f"{reading.dropped} dropped", f"style {reading.ms:.0f} ms"]
    text = wanted[0]
    for word in wanted[1:]:
        longer = f"{text}   {word}"
        if text_width(longer, line) > room:
            break
        text = longer
    return text


def draw_help(frame: Frame, rows: Sequence[tuple[str, str]], bottom: int) -> None:
    """Draws all rows on the left above `bottom`; the picture stays visible beside them."""
    line = help_line(rows, bottom, frame.shape[1])
    second = max(text_width(keys, line) for keys, _ in rows) + line
    right = second + max(text_width(meaning, line) for _, meaning in rows) + line // 2
    _darken(frame, 0, bottom, 0, right)
    step = bottom / (len(rows) + 1)
    for place, (keys, meaning) in enumerate(rows, 1):
        y = round(place * step + line / 4)
        write(frame, keys, line // 2, y, line)
        write(frame, meaning, second, y, line)


def help_line(rows: Sequence[tuple[str, str]], height: int, width: int) -> int:
    """The height of a line of help above row `height`: as large as every row allows in 3/5 of the width, but not larger
    than the status."""
    line = min(height // (len(rows) + 1), height // (_LINES_IN_FRAME - 3))
    while line > _SMALLEST_LINE:
        keys, meanings = (max(text_width(text, line) for text in texts) for texts in zip(*rows, strict=True))
        if keys + meanings + 3 * line // 2 <= width * 3 // 5:
            break
        line -= 1
    return max(line, _SMALLEST_LINE)


def _badge(frame: Frame, text: str, x: int, y: int, line: int, colour: tuple[int, int, int]) -> None:
    corners = (x, y - 3 * line // 4), (x + text_width(text, line) + line // 2, y + line // 4)
    cv2.rectangle(frame, *corners, colour, cv2.FILLED)
    cv2.putText(frame, text, (x + line // 4, y), FONT, letter_scale(line), _BLACK, 1, cv2.LINE_AA)


def _darken(frame: Frame, top: int, bottom: int, left: int = 0, right: int | None = None) -> None:
    plate = frame[max(top, 0) : bottom, left:right]
    plate[:] = plate // 3
