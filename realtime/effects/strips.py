"""Work on large frames in strips: what is computed for one stays in a core's cache, and cores share them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final

from nstcam.realtime.engine.cores import usable_cores

ROWS: Final = 96
"""Height of a strip, about. Of 30 to 240 rows tried at 1920x1080, 60 to 120 were the fastest."""
_MOST_THREADS: Final = 4
"""Beyond that, memory is the limit."""


def in_strips(height: int, work: Callable[[slice], object], multiple: int = 1) -> None:
    """Calls `work` with the rows of each strip, from several threads, and returns when all are done.

    Args:
        height: rows of the frame.
        work: takes a slice of rows; its result is ignored, its errors are raised here. It must not call `in_strips`.
        multiple: all strips begin at a multiple of this.
    """
    rows = -(-ROWS // multiple) * multiple
    strips = [slice(first, min(first + rows, height)) for first in range(0, height, rows)]
    count = min(_thread_count(), len(strips))
    # The calling thread takes a share itself: on a busy machine, waiting for others to wake up costs the most.
    waiting = [_threads().submit(_each, work, strips[number::count]) for number in range(1, count)]
    try:
        _each(work, strips[::count])
    finally:
        for others in waiting:
            others.result()


def _each(work: Callable[[slice], object], strips: Sequence[slice]) -> None:
    for rows in strips:
        work(rows)


@cache
def _thread_count() -> int:
    return min(usable_cores(), _MOST_THREADS)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_MOST_THREADS, "strips")
