"""Reconnecting to a lost camera: it is opened again after growing pauses; until then a card stands for its picture."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

import cv2
import numpy as np

from nstcam.media.shown import shown
from nstcam.realtime.capture.sources import Captured, Source
from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import Frame

PAUSES: Final = (0.5, 1.0, 2.0, 5.0)
"""Seconds before each attempt; the last one repeats."""


class Reconnecting:
    """A source that is opened again whenever it fails after its first frame. If it ends without an error, this one
    ends."""

    def __init__(self, open_source: Callable[[], Source], pauses: tuple[float, ...] = ()) -> None:
        """`open_source` must return sources that raise SourceError when the camera is lost."""
        self._open_source, self._pauses = open_source, pauses or PAUSES
        self._stop = threading.Event()
        self._source = open_source()
        self.name = self._source.name

    def __iter__(self) -> Iterator[Captured]:
        number, seen, attempt = 0, None, 0
        while not self._stop.is_set():
            try:
                for captured in self._source:
                    if seen is None or captured.number <= seen.number:
                        number += 1  # a new connection counts from 0
                    else:
                        number += captured.number - seen.number
                    seen, attempt = captured, 0
                    yield Captured(captured.frame, captured.time, number)
                return
            except SourceError:
                if seen is None:  # it has never worked: the user has to know
                    raise
            if self._stop.is_set():
                return
            self._source.close()
            number += 1
            yield Captured(
                card(seen.frame, f"{self.name} lost, reconnecting ..."), time.monotonic(), number, plain=True
            )
            self._stop.wait(self._pauses[min(attempt, len(self._pauses) - 1)])
            attempt += 1
            if self._stop.is_set():
                return
            with suppress(SourceError):  # the camera is not back yet
                self._source = self._open_source()
            if self._stop.is_set():  # close() was called while it was being opened
                self._source.close()

    def close(self) -> None:
        self._stop.set()
        self._source.close()


def card(frame: Frame, text: str) -> Frame:
    """A darkened copy of `frame` with a line of text across its middle."""
    text = shown(text)
    out = (frame // 4).astype(np.uint8)
    height, width = out.shape[:2]
    (text_width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1, 2)
    scale = min(0.9 * width / text_width, height / 240)
    at = round((width - scale * text_width) / 2), height // 2
    cv2.putText(out, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), max(round(2 * scale), 1), cv2.LINE_AA)
    return out
