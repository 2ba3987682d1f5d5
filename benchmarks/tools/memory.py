"""Measures the memory of this process. Linux only."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_EVERY: Final = 0.01
"""Seconds between two readings."""


def rss_mb() -> float:
    """Resident memory of this process, in MB of 2^20 bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


@contextmanager
def peak_above_start() -> Iterator[list[float]]:
    """Yields a list of one value; after the block it is the highest rise of memory within it, in MB of 2^20 bytes."""
    start, done, rise = rss_mb(), threading.Event(), [0.0]

    def watch() -> None:
        while not done.wait(_EVERY):
            rise[0] = max(rise[0], rss_mb() - start)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield rise
    finally:
        done.set()
        thread.join()
        rise[0] = max(rise[0], rss_mb() - start)
