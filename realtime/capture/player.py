"""Player: a clip that stops, holds its last frame or starts over when it ends; a picture is a clip of one frame."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from nstcam.realtime.capture.sources import Captured, Source

HELD_FPS: Final = 30.0
"""How often a frame that stays is delivered again, so that changes of style show and fade as with a camera."""


class Player:
    """A source that can be played again. A file with a single frame, such as a photo, stays for ever."""

    def __init__(self, open_source: Callable[[], Source], *, loop: bool = False, hold: bool = False) -> None:
        """Opens the source.

        Args:
            open_source: opens it at its beginning; called once more for each time it is played again.
            loop: play it again whenever it ends.
            hold: deliver the last frame over and over when it has ended, until `again` or `close` is called. If
                neither `loop` nor `hold` is set, the end of a clip is the end of the iteration.
        """
        self._open_source, self._loop, self._hold = open_source, loop, hold
        self._stop, self._again, self._woken = threading.Event(), threading.Event(), threading.Event()
        self._source = open_source()
        self.name = self._source.name

    def again(self) -> None:
        """Plays a clip that has ended from its beginning; nothing happens while it plays."""
        self._again.set()
        self._woken.set()

    def __iter__(self) -> Iterator[Captured]:
        number = -1
        while not self._stop.is_set():
            last: Captured | None = None
            for captured in self._source:
                number += captured.number - (last.number if last else -1)
                last = captured
                yield replace(captured, number=number)
            if last is None or self._stop.is_set():
                return
            is_still = last.number == 0
            if is_still or not self._loop:
                if not (is_still or self._hold):
                    return
                for held in self._held(last, number, ended=not is_still):
                    number = held.number
                    yield held
            self._open_again()

    def _held(self, last: Captured, number: int, *, ended: bool) -> Iterator[Captured]:
        self._again.clear()
        while True:
            self._woken.clear()
            if self._stop.is_set() or self._again.is_set():
                return
            number += 1
            yield replace(last, time=time.monotonic(), number=number, ended=ended)
            self._woken.wait(1 / HELD_FPS)

    def _open_again(self) -> None:
        self._source.close()
        if not self._stop.is_set():
            self._source = self._open_source()
        if self._stop.is_set():  # close() was called while it was being opened
            self._source.close()

    def close(self) -> None:
        self._stop.set()
        self._woken.set()
        self._source.close()
