"""Many styles at once: each worker of a cluster trains one, and what it has learnt comes home while it trains."""

from __future__ import annotations

import logging
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final

from nstcam.media.cluster import Engine, LostError, Size
from nstcam.media.shown import counted, shown
from nstcam.train.cluster.homecoming import at_home, take_home
from nstcam.train.cluster.order import Order
from nstcam.train.cluster.trainer import Answer, Trainer, version
from nstcam.train.errors import TrainError
from nstcam.train.run_lock import locked

_TRIES: Final = 3
"""How many workers may fail at a style."""
_LOOK_SECONDS: Final = 0.5
_HOME_SECONDS: Final = 10.0
"""Between two questions for a new checkpoint; nst-train writes one every half minute."""
_SAVING_SECONDS: Final = 60.0
"""How long a worker that was stopped may take to save."""

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Worker:
    number: int
    actor: Any
    host: str = ""
    order: Order | None = None

    @property
    def name(self) -> str:
        return f"worker {self.number}{f' ({self.host})' if self.host else ''}"


@dataclass
class Studio:
    """Styles at work.

    Attributes:
        failed: names of the styles that could not be trained.
        left: names of those that are not finished after `stop`, in the order given.
    """

    engine: Engine
    size: Size
    kind: type = Trainer
    home_seconds: float = _HOME_SECONDS
    failed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    _workers: list[_Worker] = field(default_factory=list)
    _asked: dict[Any, tuple[_Worker, str]] = field(default_factory=dict)
    _todo: deque[Order] = field(default_factory=deque)

    def train(self, orders: Sequence[Order], stop: Callable[[], bool] = lambda: False) -> None:
        """Trains all of them; one that fails does not stop the rest. Their folders are locked meanwhile.

        Args:
            stop: whether to save and end.

        Raises:
            TrainError: no worker can be used, or another process works in a run folder.
        """
        with ExitStack() as locks:
            for order in orders:
                locks.enter_context(locked(order.folder))
            self._todo.extend(orders)
            try:
                for number in range(1, min(self.size.workers, len(orders)) + 1):
                    self._hire(number)
                asked_home = time.monotonic()
                while self._todo or any(worker.order for worker in self._workers):
                    if stop():
                        self._save_and_end(orders)
                        return
                    self._take_answers(_LOOK_SECONDS)
                    if time.monotonic() - asked_home >= self.home_seconds:
                        asked_home = time.monotonic()
                        self._ask_home()
            finally:
                self.engine.end(worker.actor for worker in self._workers)

    def _hire(self, number: int) -> None:
        worker = _Worker(number, self.engine.start(self.kind, self.size))
        self._workers.append(worker)
        self._ask(worker, "begin")

    def _ask(self, worker: _Worker, method: str, *values: Any) -> None:
        self._asked[self.engine.call(worker.actor, method, *values)] = worker, method

    def _ask_home(self) -> None:
        waiting = {worker for worker, what in self._asked.values() if what == "so_far"}
        for worker in self._workers:
            if worker.order is not None and worker not in waiting:
                self._ask(worker, "so_far")

    def _take_answers(self, seconds: float) -> None:
        for reference in self.engine.ready(list(self._asked), seconds):
            worker, what = self._asked.pop(reference)
            try:
                answer = self.engine.result(reference)
            except LostError as error:
                if worker in self._workers:  # told before, otherwise
                    self._lost(worker, str(error))
                continue
            if worker not in self._workers:
                continue
            if what == "begin":
                self._began(worker, answer)
            elif what == "so_far":
                self._came(worker, answer)
            elif what == "train":
                self._ended(worker, answer)

    def _began(self, worker: _Worker, answer: Answer) -> None:
        worker.host = answer["host"]
        if answer["version"] != version():
            self._dismiss(worker, f"has nstcam {answer['version']}, not {version()}; install the same there")
            return
        self._next(worker)

    def _next(self, worker: _Worker) -> None:
        """Gives the worker a style, if there is one left."""
        worker.order = self._todo.popleft() if self._todo else None
        if worker.order is None:
            return
        order = worker.order
        try:
            run = at_home(order.folder) if order.resume else {}
        except TrainError as error:
            self._fails(order, str(error))
            self._next(worker)
            return
        _tell(f"{order.name}: {'continues' if order.resume else 'starts'} on {worker.name}")
        self._ask(worker, "train", {**order.work, "run": run})

    def _came(self, worker: _Worker, answer: Answer) -> None:
        if worker.order is not None and answer["files"]:
            self._home(worker, worker.order, answer["files"])

    def _home(self, worker: _Worker, order: Order, files: dict[str, Any]) -> bool:
        """Puts the files into the run folder; False if that cannot be."""
        try:
            checkpoint = take_home(files, order.folder)
        except TrainError as error:
            _log.warning("%s, from %s: %s", order.name, worker.name, error)
            return False
        order.resume = True
        if checkpoint.step != order.step:
            order.step = checkpoint.step
            history = (checkpoint.state or {}).get("history") or [{"progress": 1.0}]
            _tell(f"{order.name}: step {order.step}, {history[-1]['progress']:.0%}")
        return True

    def _ended(self, worker: _Worker, answer: Answer) -> None:
        order = worker.order
        assert order is not None
        worker.order = None
        if "error" in answer and not answer["again"]:
            self._fails(order, answer["error"])
            self._next(worker)
            return
        if "error" not in answer and self._home(worker, order, answer["files"]) and answer["finished"]:
            print(f"{shown(str(order.folder))}: {counted(order.step, 'step')}; see preview.png there", flush=True)
            self._next(worker)
            return
        why = answer.get("error", "what it sent is damaged, or it was stopped")
        self._again(order, why)
        self._dismiss(worker, f"could not train {order.name}: {why}", hire=True)

    def _fails(self, order: Order, why: str) -> None:
        _tell(f"nst-train: {order.name}: {why}")
        self.failed.append(order.name)

    def _again(self, order: Order, why: str) -> None:
        order.failures += 1
        if order.failures >= _TRIES:
            self._fails(order, f"failed {_TRIES} times, the last time because {why}")
        else:
            self._todo.appendleft(order)

    def _lost(self, worker: _Worker, why: str) -> None:
        order = worker.order
        doing = ""
        if order is not None:
            doing = (
                f" in {order.name}, which another one {f'continues from step {order.step}' if order.step else 'starts'}"
            )
            self._again(order, f"its worker was lost ({why})")
        self._dismiss(worker, f"was lost{doing} ({why})", hire=order is not None)

    def _dismiss(self, worker: _Worker, why: str, *, hire: bool = False) -> None:
        _log.warning("%s %s", worker.name, why)
        self._workers.remove(worker)
        self.engine.end([worker.actor])
        if hire and self._todo:
            self._hire(worker.number)
        elif not self._workers and self._todo:
            raise TrainError(f"no worker of {self.engine.address} can be used; the last one {why}")

    def _save_and_end(self, orders: Sequence[Order]) -> None:
        """Has the workers save, and takes that home."""
        at_work = [worker for worker in self._workers if worker.order is not None]
        unfinished = {*(worker.order for worker in at_work), *self._todo}
        self.left = [order.name for order in orders if order in unfinished]
        self._todo.clear()
        for worker in at_work:
            self._ask(worker, "stop")
        deadline = time.monotonic() + _SAVING_SECONDS
        training = {reference: worker for reference, (worker, what) in self._asked.items() if what == "train"}
        while training and time.monotonic() < deadline:
            for reference in self.engine.ready(list(training), _LOOK_SECONDS):
                worker = training.pop(reference)
                try:
                    answer = self.engine.result(reference)
                except LostError:
                    continue
                if worker.order is not None and "error" not in answer:
                    self._home(worker, worker.order, answer["files"])


def _tell(line: str) -> None:
    print(shown(line), file=sys.stderr, flush=True)
