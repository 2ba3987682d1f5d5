"""in_order(): works on several items at once and yields the results in the order of the items."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")


def in_order(
    items: Iterable[T], work: Callable[[T], U], pool: ThreadPoolExecutor, at_once: int
) -> Iterator[tuple[T, U]]:
    """Yields each item with the result of `work`, while the pool works on the next `at_once` items.

    With `at_once` 1, the work is done in the calling thread, as each result is asked for. An exception of `work` is
    raised when its item's turn comes.
    """
    if at_once == 1:
        for item in items:
            yield item, work(item)
        return
    pending: deque[tuple[T, Future[U]]] = deque()
    for item in items:
        pending.append((item, pool.submit(work, item)))
        if len(pending) > at_once:
            done, result = pending.popleft()
            yield done, result.result()
    while pending:
        done, result = pending.popleft()
        yield done, result.result()
