"""How much memory this process holds, for the benchmarks. Linux only."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_EVERY: Final = 0.01
"""Seconds between two looks."""


def rss_mb() -> float:
    """Resident memory of this process, in MB of 2^20 bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


@contextmanager
def peak_above_start() -> Iterator[list[float]]:
    """Gives a list whose one value is, at the end, by how many MB the memory rose at most within the block."""
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
