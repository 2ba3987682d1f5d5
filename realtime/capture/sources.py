"""Sources of live frames, in which only the newest frame waits. open_source.py opens what a user named."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import cv2

from nstcam.realtime.capture.newest import Newest
from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import Frame


@dataclass(frozen=True)
class Captured:
    """A frame, and when it was taken."""

    frame: Frame
    time: float
    """time.monotonic() at the moment of capture."""
    number: int
    """Counts the frames that the device delivered; a gap means frames that nobody took."""
    plain: bool = False
    """True for a card with words to read, which is shown as it is, not stylized."""
    ended: bool = False
    """True for the last frame of a clip that has ended, which is delivered until the clip is played again."""


class Source(Protocol):
    """Yields frames until it ends. Whoever opened it closes it."""

    name: str

    def __iter__(self) -> Iterator[Captured]: ...

    def close(self) -> None:
        """Ends the iteration, even one that waits in another thread. May be called more than once."""


class ThreadedSource:
    """Reads in a thread and hands over only the newest frame, so that a slow consumer never falls behind."""

    def __init__(
        self,
        name: str,
        read: Callable[[threading.Event], Iterator[Frame]],
        *,
        open_within: float | None = None,
        lost_after: float | None = None,
        at_once: bool = True,
        taken_at: Callable[[], float] = time.monotonic,
        cure: str = "check its cable, and whether another program uses it",
    ) -> None:
        """Errors of `read` are raised by the iteration.

        Args:
            name: for messages.
            read: runs in the thread; yields frames until its event is set.
            open_within: seconds that the first frame may take; None: no limit.
            lost_after: seconds without a new frame, after which the iteration raises SourceError; None: no limit.
            at_once: start reading now; if False, with the iteration, so that the beginning of a clip is not missed.
            taken_at: called after each frame; returns the time.monotonic() at which it was taken.
            cure: what to do if no frame comes.
        """
        self.name = name
        self._taken_at = taken_at
        self._open_within, self._lost_after, self._cure = open_within, lost_after, cure
        self._newest: Newest[Captured] = Newest()
        self._stop = threading.Event()
        # A daemon: a driver may block in read() for ever, which must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, args=(read,), name=f"read {name}", daemon=True)
        if at_once:
            self._thread.start()

    def _run(self, read: Callable[[threading.Event], Iterator[Frame]]) -> None:
        try:
            for number, frame in enumerate(read(self._stop)):
                self._newest.put(Captured(frame, self._taken_at(), number))
        except cv2.error as error:
            self._newest.close(SourceError(f"{self.name} cannot be read: {error.err or error}"))
        except Exception as error:  # raised again in the thread that iterates
            self._newest.close(error)
        self._newest.close()

    def __iter__(self) -> Iterator[Captured]:
        if self._thread.ident is None:
            self._thread.start()
        patience, trouble = self._open_within, "delivered no picture within"
        while not self._stop.is_set():
            try:
                captured = self._newest.take(patience)
            except TimeoutError:
                raise SourceError(f"{self.name} {trouble} {patience:g} s; {self._cure}") from None
            if captured is None:
                return
            yield captured
            patience, trouble = self._lost_after, "is lost: no picture for"

    def be_patient(self) -> None:
        """Stops taking a pause for a loss, from the first frame on. `read` calls it: only then may it know what it
        reads."""
        self._lost_after = None

    def close(self) -> None:
        self._stop.set()
        self._newest.close()
        if self._thread.ident is not None:
            self._thread.join(timeout=1.0)
