"""The head-up display: status, messages and help, drawn over the preview and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2

from nstcam.realtime.frame import Frame
from nstcam.realtime.meter import Reading

_FONT: Final = cv2.FONT_HERSHEY_SIMPLEX
_WHITE: Final = (255, 255, 255)
_BLACK: Final = (0, 0, 0)
_RED: Final = (40, 40, 230)
_ORANGE: Final = (60, 160, 250)
_GREEN: Final = (120, 210, 120)
_LINES_IN_FRAME: Final = 22
"""How many lines of text would fill the frame's height: makes letters equally large at any resolution."""
_SMALLEST_LINE: Final = 8


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
    """Working size, (width, height)."""
    recording: bool = False
    sending: bool = False
    """Whether the virtual camera is on."""
    slower: bool = False
    """Whether frames take a slower way than the device has."""


def draw(frame: Frame, status: Status) -> None:
    """Draws the status over `frame`, in place."""
    height, width = frame.shape[:2]
    line = max(height // _LINES_IN_FRAME, 14)
    bottom = height
    if status.shown:
        bottom = height - 5 * line // 2
        _darken(frame, bottom, height)
        right = width - line // 2
        for text, colour in badges(status):
            right -= text_width(text, line) + line // 2
            _badge(frame, text, right, height - 3 * line // 2, line, colour)
            right -= line // 2
        _write(frame, fitted(status.style, right - line, line), line // 2, height - 3 * line // 2, line)
        _write(
            frame, fitted(figures(status, width - line, line), width - line, line), line // 2, height - line // 2, line
        )
    if status.message:
        _darken(frame, bottom - 3 * line // 2, bottom)
        _write(frame, fitted(status.message, width - line, line), line // 2, bottom - line // 2, line)
    if status.recording:
        cv2.circle(frame, (width - line, line), line // 2, _RED, cv2.FILLED, cv2.LINE_AA)
    if status.help_rows:
        _help(frame, status.help_rows, bottom)


def badges(status: Status) -> list[tuple[str, tuple[int, int, int]]]:
    """The words that are drawn in boxes, from the right, each with its colour (BGR)."""
    device = (status.device, _ORANGE if status.device == "CPU" or status.slower else _GREEN)
    return [device] + ([("CAM", _GREEN)] if status.sending else [])


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


def _help(frame: Frame, rows: Sequence[tuple[str, str]], bottom: int) -> None:
    """Draws all rows, in two columns above `bottom`."""
    column, per_column = frame.shape[1] // 2, (len(rows) + 1) // 2
    step = bottom // (per_column + 1)
    line = help_line(rows, bottom, frame.shape[1])
    second = max(text_width(keys, line) for keys, _ in rows) + line // 2
    _darken(frame, 0, bottom)
    for place, (keys, meaning) in enumerate(rows):
        left, y = place // per_column * column + line // 2, (place % per_column + 1) * step
        _write(frame, keys, left, y, line)
        _write(frame, fitted(meaning, column - second - line // 2, line), left + second, y, line)


def help_line(rows: Sequence[tuple[str, str]], height: int, width: int) -> int:
    """The height of a line of help: as large as every row allows, but not larger than the status."""
    line = min(height // ((len(rows) + 1) // 2 + 1) * 4 // 5, height // (_LINES_IN_FRAME - 3))
    while line > _SMALLEST_LINE:
        keys, meanings = (max(text_width(text, line) for text in texts) for texts in zip(*rows, strict=True))
        if keys + meanings + 3 * line // 2 <= width // 2:
            break
        line -= 1
    return max(line, _SMALLEST_LINE)


def _badge(frame: Frame, text: str, x: int, y: int, line: int, colour: tuple[int, int, int]) -> None:
    corners = (x, y - 3 * line // 4), (x + text_width(text, line) + line // 2, y + line // 4)
    cv2.rectangle(frame, *corners, colour, cv2.FILLED)
    cv2.putText(frame, text, (x + line // 4, y), _FONT, _scale(line), _BLACK, 1, cv2.LINE_AA)


def text_width(text: str, line: int) -> int:
    """Width of `text` in pixels, for lines of that height."""
    (width, _), _ = cv2.getTextSize(text, _FONT, _scale(line), 1)
    return int(width)


def fitted(text: str, room: int, line: int) -> str:
    """`text` if it fits into `room` pixels, else as much of its beginning as does, with dots."""
    if text_width(text, line) <= room:
        return text
    while text and text_width(text + "...", line) > room:
        text = text[:-1]
    return text.rstrip() + "..." if text else ""


def _scale(line: int) -> float:
    return line / 38  # Hershey letters at scale 1 are 22 px high; the rest of the line is space


def _darken(frame: Frame, top: int, bottom: int) -> None:
    strip = frame[max(top, 0) : bottom]
    strip[:] = strip // 3


def _write(frame: Frame, text: str, x: int, y: int, line: int) -> None:
    cv2.putText(frame, text, (x, y), _FONT, _scale(line), _WHITE, 1, cv2.LINE_AA)
