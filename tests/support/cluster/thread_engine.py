"""A cluster of threads in this process, for tests of what happens to workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from nstcam.media.cluster import Engine, LostError, Size


class ThreadEngine(Engine):
    """Calls methods of workers in threads of their own.

    Args:
        before: called with the worker's number, from 1 in the order in which they start, and the method, before each
            call, in its thread; what it raises is the call's result.
    """

    def __init__(self, before: Callable[[int, str], None] = lambda *_: None) -> None:
        super().__init__(None, "threads")
        self._before = before
        self._threads = ThreadPoolExecutor(16)
        self._numbers: dict[int, int] = {}
        self._running: dict[int, list[Future[Any]]] = {}
        self.calls: list[tuple[int, str]] = []
        self.ended: list[int] = []

    def size(self, device: str, workers: int | None, threads: int | None) -> Size:
        return Size(workers or 2, threads or 1)

    def start(self, kind: type, size: Size) -> Any:
        worker = kind()
        self._numbers[id(worker)] = len(self._numbers) + 1
        return worker

    def call(self, worker: Any, method: str, *values: Any) -> Future[Any]:
        number = self._numbers[id(worker)]
        self.calls.append((number, method))

        def run() -> Any:
            self._before(number, method)
            if method == "take_references":
                return worker.take_source(iter(values[0]), *values[1:])
            return getattr(worker, method)(*values)

        future = self._threads.submit(run)
        self._running.setdefault(number, []).append(future)
        return future

    def ready(self, references: Sequence[Any], seconds: float) -> list[Any]:
        assert references, "Ray refuses to wait for nothing"
        return list(wait(references, min(seconds, 0.02), FIRST_COMPLETED).done)

    def result(self, reference: Any) -> Any:
        return reference.result()

    def put(self, data: bytes) -> Any:
        return data

    def end(self, workers: Iterable[Any]) -> None:
        """A process can be killed at work; a thread whose worker was closed at work would wait for ever."""
        for worker in list(workers):
            number = self._numbers[id(worker)]
            self.ended.append(number)
            wait(self._running.get(number, ()))
            worker.close()


def losing(number: int, method: str) -> ThreadEngine:
    """An engine in which that worker is lost at that method."""

    def before(which: int, called: str) -> None:
        if (which, called) == (number, method):
            raise LostError("its machine has burnt down")

    return ThreadEngine(before)
