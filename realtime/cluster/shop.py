"""The shop: workers of a cluster, and the films and pictures that are made by them side by side.

Each film has a thread, which finds out what its parts are and waits for them; the main thread alone talks to the
cluster.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

from nstcam.media.cluster import PIECE_BYTES, Engine, LostError, Size
from nstcam.media.shown import counted
from nstcam.realtime.cluster.crew import Worker, name_slow, speeds
from nstcam.realtime.cluster.job import Job, difference, versions
from nstcam.realtime.cluster.orders import Orders
from nstcam.realtime.cluster.painter import Painter
from nstcam.realtime.cluster.tally import Progress, Tally
from nstcam.realtime.cluster.task import Answer, Source
from nstcam.realtime.errors import NstError, SourceError
from nstcam.realtime.video.prepared import Stopped

_LOST: Final = 3
"""How many workers may be lost in a row before the run ends, or as many as there are, if that is more."""
_LOOK_SECONDS: Final = 0.5
_SOON_SECONDS: Final = 0.05
"""Between two looks while a worker has nothing to do."""

_log = logging.getLogger(__name__)
_Made = TypeVar("_Made")


class Shop:
    """Workers that are hired as they are wanted.

    Args:
        job: the styles that they open.
        files: how many films are to come.
        kind: the class of the workers.
    """

    def __init__(self, engine: Engine, size: Size, job: Job, files: int = 1, kind: type = Painter) -> None:
        self.engine, self.size = engine, size
        self.tally = Tally(files)
        self.orders = Orders(size.workers)
        self._job, self._kind = job, kind
        self._hired = 0
        self._workers: list[Worker] = []
        self._asked: dict[Any, tuple[Worker, str]] = {}
        """What is waited for: by the cluster's reference, whom for what."""
        self._losses = 0
        """Workers lost since the last task that was done."""
        self._pieces: dict[Source, list[Any]] = {}

    def serve(
        self,
        callers: Sequence[Callable[[], _Made]],
        *,
        told: Callable[[int, Future[_Made]], None] = lambda *_: None,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> list[Future[_Made]]:
        """Calls them in threads, some at a time, and lets the workers do what they ask for.

        Args:
            told: called with the number of each and its result, as they end.
            progress: called about twice a second.

        Raises:
            Stopped: `stop` returned True; no caller is still at work.
            NstError: no worker can be used.
        """
        open_ended = set(range(len(callers)))
        with ThreadPoolExecutor(self.size.workers + 1, "film") as threads:
            futures = [threads.submit(caller) for caller in callers]
            try:
                looked = time.monotonic()
                while open_ended:
                    if stop():
                        raise Stopped("stopped")
                    self._look()
                    for number in sorted(open_ended):
                        if futures[number].done():
                            open_ended.discard(number)
                            told(number, futures[number])
                    now = time.monotonic()
                    if now - looked >= _LOOK_SECONDS:
                        looked = now
                        self._ask_how_far()
                        name_slow(self._workers)
                        at_work = sum(worker.frames for worker in self._workers if worker.task is not None)
                        progress(self.tally.progress(at_work, speeds(self._workers)))
            except BaseException as error:
                self.orders.end(error)
                threads.shutdown(cancel_futures=True)
                raise
            finally:
                self.engine.end(worker.actor for worker in self._workers)
        return futures

    def _look(self) -> None:
        """Hires, takes the answers that have come, and gives out tasks."""
        while self._hired < min(self.size.workers, self.orders.wanted):
            self._hired += 1
            self._hire(self._hired)
        self._give_out()
        using = self.orders.sources()
        self._pieces = {source: pieces for source, pieces in self._pieces.items() if source in using}
        idle = any(worker.ready and worker.task is None for worker in self._workers)
        if not self._asked:
            time.sleep(_SOON_SECONDS)
            return
        for reference in self.engine.ready(list(self._asked), _SOON_SECONDS if idle else _LOOK_SECONDS):
            worker, what = self._asked.pop(reference)
            self._answered(worker, what, reference)
        self._give_out()

    def _hire(self, number: int) -> None:
        worker = Worker(number, self.engine.start(self._kind, self.size))
        self._workers.append(worker)
        self._ask(worker, "begin", self._job)

    def _ask(self, worker: Worker, method: str, *values: Any) -> None:
        self._asked[self.engine.call(worker.actor, method, *values)] = worker, method

    def _give_out(self) -> None:
        for worker in self._workers:
            task = self.orders.next() if worker.ready and worker.task is None else None
            if task is not None:
                worker.takes(task)
                self._ask(worker, task.method, task.work)

    def _answered(self, worker: Worker, what: str, reference: Any) -> None:
        try:
            answer = self.engine.result(reference)
        except LostError as error:
            if worker in self._workers:  # told before, otherwise
                self._lost(worker, str(error))
            return
        if worker not in self._workers:
            return
        if what == "told":
            worker.told(answer)
        elif what == "begin":
            self._began(worker, answer)
        elif what == "take_references":
            self._sent(worker, answer)
        else:
            self._made(worker, answer)

    def _began(self, worker: Worker, answer: Answer) -> None:
        worker.host = answer["host"]
        other = difference(versions(), answer["versions"])
        if other is not None:
            self._dismiss(worker, f"has {other}; install the same there")
        elif "error" in answer:
            self._dismiss(worker, f"cannot be used: {answer['error']}")
        elif not self.orders.opened(answer["styles"]):
            self._dismiss(worker, f"opens different style files from the first worker, on {answer['device']}")
        else:
            worker.device, worker.ready = answer["device"], True

    @property
    def devices(self) -> str:
        """What paints, like "CPU of 2 workers"."""
        used = [worker.device for worker in self._workers if worker.device]
        return f"{' and '.join(dict.fromkeys(used))} of {counted(len(used), 'worker')}"

    def _made(self, worker: Worker, answer: Answer) -> None:
        task = worker.task
        assert task is not None
        if not self.orders.waits_for(task):
            worker.takes(None)
            return
        if answer.get("unseen") and task.source is not None:
            self._send(worker, task.source)
            return
        for line in answer.get("warnings", ()):
            _log.warning("%s", line)
        if "error" in answer and not answer["again"]:
            self.orders.fails(task, SourceError(answer["error"]))
            worker.takes(None)
            return
        try:
            why = answer["error"] if "error" in answer else task.take(answer)
        except NstError as error:
            self.orders.fails(task, error)
            worker.takes(None)
            return
        if why is not None:
            self.orders.again(task, why)
            self._dismiss(worker, f"could not make {task.name}: {why}", hire=True)
            return
        self._losses = 0
        worker.takes(None)
        self.tally.done(answer.get("frames", 0))
        self.orders.done(task)

    def _send(self, worker: Worker, source: Source) -> None:
        """Sends the file, whose pieces the cluster keeps for other workers."""
        pieces = self._pieces.setdefault(source, [])
        if not pieces:
            with source.path.open("rb") as file:
                while piece := file.read(PIECE_BYTES):
                    pieces.append(self.engine.put(piece))
        self._ask(worker, "take_references", pieces, source.path.name, source.known)

    def _sent(self, worker: Worker, answer: Answer) -> None:
        task = worker.task
        assert task is not None
        if "error" in answer:
            self.orders.again(task, answer["error"])
            self._dismiss(worker, f"cannot be used: {answer['error']}")
            return
        self._ask(worker, task.method, task.work)

    def _lost(self, worker: Worker, why: str) -> None:
        task = worker.task
        self._losses += 1
        if task is not None:
            self.orders.again(task, f"its worker was lost ({why})")
        if self._losses > max(_LOST, self.size.workers):
            raise NstError(f"{self._losses} workers were lost one after the other, the last because {why}")
        doing = "" if task is None else f" in {task.name}, which another one makes"
        _log.warning("%s was lost%s (%s)", worker.name, doing, why)
        self._workers.remove(worker)
        self._hire(worker.number)

    def _dismiss(self, worker: Worker, why: str, *, hire: bool = False) -> None:
        """Does without the worker, whose machine is not as it should be.

        Args:
            hire: whether another one may do better.
        """
        _log.warning("%s %s", worker.name, why)
        self._workers.remove(worker)
        self.engine.end([worker.actor])
        if hire:
            self._hire(worker.number)
        elif not self._workers:
            raise NstError(f"no worker of {self.engine.address} can be used; the last one {why}")

    def _ask_how_far(self) -> None:
        waiting = {worker.number for worker, what in self._asked.values() if what == "told"}
        for worker in self._workers:
            if worker.task is not None and worker.number not in waiting:
                self._ask(worker, "told")
