"""What is to be made: the tasks of all films and pictures, and the threads that wait for them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from nstcam.realtime.cluster.task import Source, Task
from nstcam.realtime.errors import NstError

_TRIES: Final = 3
"""How many workers may fail at a task before it is given up."""


@dataclass(eq=False)
class _Order:
    """What one thread waits for."""

    left: int = 0
    error: BaseException | None = None


class Orders:
    """Tasks to be done, first come, first served. Its methods may be called in any thread.

    Args:
        at_once: how many tasks may wait to be begun.

    Attributes:
        wanted: how many tasks there are to be so far.
        ended: what has ended the run.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._changed = threading.Condition()  # of a lock that its holder may take again
        self._todo: deque[Task] = deque()
        self._orders: dict[Task, _Order] = {}
        self._styles: str | None = None
        self.wanted = 0
        self.ended: BaseException | None = None

    def want(self, tasks: int) -> None:
        """Says that so many more tasks are to come."""
        with self._changed:
            self.wanted += tasks

    def styles(self) -> str:
        """The identity of the styles, once a worker has opened them.

        Raises:
            Stopped, NstError: what has ended the run.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._styles is not None or self.ended is not None)
            self.check()
            assert self._styles is not None
            return self._styles

    def opened(self, styles: str) -> bool:
        """A worker has opened the styles; False if these are not those of the first one."""
        with self._changed:
            self._styles = self._styles or styles
            self._changed.notify_all()
            return self._styles == styles

    def check(self) -> None:
        """Raises what has ended the run, if anything has."""
        if self.ended is not None:
            raise self.ended

    def make(self, tasks: Iterable[Task]) -> None:
        """Waits until all of them are done. The next is taken only when workers will soon have nothing to do.

        Raises:
            Stopped: the run was stopped.
            NstError: a task cannot be done.
        """
        order = _Order()
        try:
            for task in tasks:
                with self._changed:
                    order.left += 1
                    self._orders[task] = order
                    self._todo.append(task)
                    self._wait(order, lambda: len(self._todo) < self._at_once)
            with self._changed:
                self._wait(order, lambda: order.left == 0)
        finally:
            with self._changed:
                self._orders = {task: its for task, its in self._orders.items() if its is not order}
                self._todo = deque(task for task in self._todo if task in self._orders)

    def _wait(self, order: _Order, there: Callable[[], bool]) -> None:
        self._changed.wait_for(lambda: there() or order.error is not None or self.ended is not None)
        if order.error is not None:
            raise order.error
        self.check()

    def next(self) -> Task | None:
        """A task to be begun; None if there is none."""
        with self._changed:
            if not self._todo:
                return None
            self._changed.notify_all()
            return self._todo.popleft()

    def waits_for(self, task: Task) -> bool:
        """Whether anybody still wants it."""
        with self._changed:
            return task in self._orders and self._orders[task].error is None

    def sources(self) -> set[Source]:
        """The files that tasks need which are not done."""
        with self._changed:
            return {task.source for task in self._orders if task.source is not None}

    def done(self, task: Task) -> None:
        with self._changed:
            order = self._orders.pop(task, None)
            if order is not None:
                order.left -= 1
                self._changed.notify_all()

    def fails(self, task: Task, error: BaseException) -> None:
        """It cannot be done."""
        with self._changed:
            if task in self._orders:
                self._orders[task].error = error
                self._changed.notify_all()

    def again(self, task: Task, why: str) -> None:
        """A worker has failed at it; another one tries next, unless too many have."""
        with self._changed:
            task.failures += 1
            if task.failures >= _TRIES:
                self.fails(task, NstError(f"{task.name} failed {_TRIES} times, the last time because {why}"))
            elif task in self._orders:
                self._todo.appendleft(task)

    def end(self, error: BaseException) -> None:
        """Ends the run: whoever waits gets the error."""
        with self._changed:
            self.ended = error
            self._changed.notify_all()
