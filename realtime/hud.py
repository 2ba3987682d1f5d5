"""What is drawn over the preview, and nowhere else: status, messages, help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2

from realtime.frame import Frame
from realtime.meter import Reading

_FONT: Final = cv2.FONT_HERSHEY_SIMPLEX
_WHITE: Final = (255, 255, 255)
_LINES_IN_FRAME: Final = 22
"""Text lines that would fill the frame's height: sets the size of letters at any resolution."""


@dataclass(frozen=True)
class Status:
    style: str
    device: str
    reading: Reading
    message: str = ""
    help_rows: Sequence[tuple[str, str]] = ()
    """Shown while not empty."""


def draw(frame: Frame, status: Status) -> None:
    """Draws over `frame` in place: the preview's own copy."""
    height, width = frame.shape[:2]
    line = max(height // _LINES_IN_FRAME, 14)
    reading = status.reading
    figures = f"{reading.fps:.1f} fps  {reading.ms:.0f} ms  {status.device}"
    if width >= 480:
        figures = f"latency {reading.latency_ms:.0f} ms   {figures}"
    room = width - text_width(figures, line) - 3 * line // 2
    _darken(frame, height - line - line // 2, height)
    baseline = height - line // 2
    _write(frame, fitted(status.style, room, line), line // 2, baseline, line)
    _write(frame, figures, width - text_width(figures, line) - line // 2, baseline, line)
    if status.message:
        _darken(frame, height - 3 * line, height - line - line // 2)
        _write(frame, fitted(status.message, width - line, line), line // 2, height - 2 * line, line)
    if status.help_rows:
        _darken(frame, 0, (len(status.help_rows) + 1) * line * 5 // 4)
        second = line // 2 + max(text_width(keys, line) for keys, _ in status.help_rows) + line
        for number, (keys, meaning) in enumerate(status.help_rows, 1):
            _write(frame, keys, line // 2, number * line * 5 // 4, line)
            _write(frame, fitted(meaning, width - second, line), second, number * line * 5 // 4, line)


def text_width(text: str, line: int) -> int:
    """Pixels that `text` takes in letters of that line height."""
    (width, _), _ = cv2.getTextSize(text, _FONT, _scale(line), 1)
    return int(width)


def fitted(text: str, room: int, line: int) -> str:
    """`text`, or as much of its beginning as `room` pixels hold, with dots."""
    if text_width(text, line) <= room:
        return text
    while text and text_width(text + "...", line) > room:
        text = text[:-1]
    return text.rstrip() + "..." if text else ""


def _scale(line: int) -> float:
    return line / 38  # Hershey letters at scale 1 stand 22 px high; a line holds them with air


def _darken(frame: Frame, top: int, bottom: int) -> None:
    strip = frame[max(top, 0) : bottom]
    strip[:] = strip // 3


def _write(frame: Frame, text: str, x: int, y: int, line: int) -> None:
    cv2.putText(frame, text, (x, y), _FONT, _scale(line), _WHITE, 1, cv2.LINE_AA)
