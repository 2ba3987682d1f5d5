"""Ctrl-C, SIGTERM and a closed terminal (SIGHUP): the first asks the program to end in good order, a second ends it.

Python runs signal handlers on the main thread, and only between two steps of Python code: while that thread is inside
ONNX Runtime, or waits for one that is, no handler can act. So a thread reads what Python's C handler writes to
signal.set_wakeup_fd. ONNX Runtime lets other threads run while it opens a model and while it computes.
"""

from __future__ import annotations

import os
import queue
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from nstcam.realtime.engine.at_work import Work, longest
from nstcam.realtime.files import discard_parts
from nstcam.realtime.interrupted import asked_to_end

INTERRUPTED: Final = 130
"""Exit code of a program that was interrupted, as shells expect it: 128 + SIGINT."""
SLOW_SECONDS: Final = 5.0
"""How long ONNX Runtime may be at work on one thing before a line says so."""
STUCK_SECONDS: Final = 10.0
"""How long it may go on with one thing after the first signal; then nobody waits for it any longer."""
_SAME_SECONDS: Final = 0.1
"""Two signals within this time are one: timeout(1) and other parents send it to the process and to its group."""
_LOOK_SECONDS: Final = 0.5
_LAST_WORDS_SECONDS: Final = 2.0
"""The line that says why the process ends may take so long on a busy machine; after that it ends without it."""
_HANG_UP: Final = getattr(signal, "SIGHUP", None)  # not on Windows
_ENDING: Final = (signal.SIGINT, signal.SIGTERM, *([_HANG_UP] if _HANG_UP is not None else []))
_TERMINAL: Final = b"\r\x1b[2K\x1b[?25h"
"""Clears the line that a progress bar stands on, and shows the cursor, which the bar hides."""


@contextmanager
def stop_on_interrupt(
    *, kept: str = "", clear: Callable[[], None] = lambda: None, end_stuck: bool = True
) -> Iterator[Callable[[], bool]]:
    """Yields a function that returns whether a signal has arrived. A second Ctrl-C or SIGTERM ends the program at once.

    A second SIGHUP does not: a closed terminal may send two, one of them through its shell. Under nohup SIGHUP stays
    ignored.

    Args:
        kept: what an end at once leaves, for the line that tells of it.
        clear: called before a line is printed, to clear the figures that would stand in front of it.
        end_stuck: whether to end the program if ONNX Runtime does not come back within STUCK_SECONDS of the first
            signal. False if the caller does not wait for it.
    """
    asked = False
    previous = {number: signal.getsignal(number) for number in _ENDING}

    def mark() -> None:
        nonlocal asked
        asked = True
        asked_to_end.set()

    def ask(_number: int, _frame: object) -> None:
        mark()

    asked_to_end.clear()
    with watched() as watch:
        watch.kept, watch.clear, watch.end_stuck, watch.mark = kept, clear, end_stuck, mark
        for number, handler in previous.items():
            if number != _HANG_UP or handler is not signal.SIG_IGN:
                signal.signal(number, ask)
        try:
            yield lambda: asked
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
            watch.kept, watch.clear, watch.end_stuck, watch.mark = "", lambda: None, True, lambda: None


class Watch:
    """What the watching thread knows.

    Attributes:
        kept, clear, end_stuck: the arguments of `stop_on_interrupt`.
        mark: called when the first signal has arrived. The handler does the same, but a signal that comes just before
            the main thread begins to wait for another thread is handled only when that wait ends, perhaps never.
    """

    def __init__(self, wake: socket.socket) -> None:
        """`wake` gives the number of each signal as a byte, and ends when there is nothing more to watch."""
        self.kept, self.end_stuck = "", True
        self.clear: Callable[[], None] = lambda: None
        self.mark: Callable[[], None] = lambda: None
        self._wake = wake
        self._first: tuple[float, int] | None = None
        """When the first signal came, and its number."""
        self._told: set[tuple[float, str]] = set()
        self._lines: queue.SimpleQueue[tuple[str, bytes, threading.Event] | None] = queue.SimpleQueue()
        threading.Thread(target=self._print, name="tell", daemon=True).start()

    def _print(self) -> None:
        """Prints what there is to tell, until `run` ends; in a thread of its own: a terminal that is held, or a pipe
        that nobody reads, must not stop the watch. That thread is there from the beginning: one that is started while
        ONNX Runtime computes may have to wait for a core."""
        while (line := self._lines.get()) is not None:
            text, terminal, written = line
            with suppress(OSError, ValueError):
                self.clear()
                print(text, end="", file=sys.stderr, flush=True)
                if terminal and sys.platform != "win32" and sys.stderr.isatty():
                    os.write(sys.stderr.fileno(), terminal)
            written.set()

    def run(self) -> None:
        try:
            self._run()
        finally:
            self._lines.put(None)

    def _run(self) -> None:
        self._wake.settimeout(_LOOK_SECONDS)
        while True:
            try:
                numbers = self._wake.recv(64)
            except TimeoutError:
                numbers = b""
            else:
                if not numbers:
                    return
            for number in numbers:
                self._arrived(number)
            self._look(time.monotonic(), longest())

    def _arrived(self, number: int) -> None:
        now = time.monotonic()
        if number not in _ENDING:
            return
        if self._first is None:
            self._first = now, number
            self.mark()
        elif now - self._first[0] > _SAME_SECONDS and number != _HANG_UP:
            self._end(number, "ended at once")

    def _look(self, now: float, work: Work | None) -> None:
        if work is None:
            return
        for_seconds = now - work.began
        if self._first is None:
            if for_seconds > SLOW_SECONDS:
                self._tell_once(
                    work,
                    f"style {work.style} has been {work.doing} for {for_seconds:.0f} s; wait, or press Ctrl-C and "
                    "choose another style or broader strokes",
                )
            return
        came, number = self._first
        waited = now - max(came, work.began)
        if waited > STUCK_SECONDS and self.end_stuck:
            self._end(number, f"ended without style {work.style}, which has been {work.doing} for {for_seconds:.0f} s")
        if waited > 1:
            self._tell_once(work, f"stopping once style {work.style} is done; a second Ctrl-C ends it at once")

    def _tell_once(self, work: Work, line: str) -> None:
        key = (self._first or (0.0, 0))[0], work.style
        if key not in self._told:
            self._told.add(key)
            self._tell(f"nstcam: {line}\n")

    def _tell(self, text: str, terminal: bytes = b"", within: float | None = None) -> None:
        """Has `_print` print, and waits for that, but not for long: `within` seconds, or until the next look.
        `terminal` goes to the terminal alone, if there is one."""
        written = threading.Event()
        self._lines.put((text, terminal, written))
        written.wait(_LOOK_SECONDS if within is None else within)

    def _end(self, number: int, line: str) -> None:
        """Ends the process as a kill would, with the terminal usable and without part files."""
        self._tell(f"nstcam: {line}{f'; {self.kept}' if self.kept else ''}\n", _TERMINAL, _LAST_WORDS_SECONDS)
        discard_parts()
        os._exit(128 + number)


_watch: Watch | None = None


@contextmanager
def watched() -> Iterator[Watch]:
    """Within the block a second Ctrl-C or SIGTERM ends the program at once, whatever its main thread is doing; and a
    line says what ONNX Runtime is at work on, if that takes long. To be entered on the main thread; may be nested.
    """
    global _watch
    if _watch is not None:
        yield _watch
        return
    wake, written = socket.socketpair()  # not a pipe: on Windows only a socket will do
    written.setblocking(False)
    _watch = Watch(wake)
    thread = threading.Thread(target=_watch.run, name="signals", daemon=True)
    before = signal.set_wakeup_fd(written.fileno(), warn_on_full_buffer=False)
    thread.start()
    try:
        yield _watch
    finally:
        _watch = None
        signal.set_wakeup_fd(before)
        written.close()
        thread.join(1.0)
        wake.close()


def leave(code: int) -> None:
    """Ends the program with that exit code, without waiting for what ONNX Runtime has not finished: Python would wait
    for its thread, or abort."""
    if longest() is None:
        sys.exit(code)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    discard_parts()
    os._exit(code)
