"""Tests how work is divided and counted: parts, groups, tasks, speeds; without workers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.cluster import crew, tally
from nstcam.realtime.cluster.crew import Worker, name_slow, speeds
from nstcam.realtime.cluster.kept import count_of_parts
from nstcam.realtime.cluster.orders import Orders
from nstcam.realtime.cluster.pictures import groups_of
from nstcam.realtime.cluster.tally import Progress, Tally
from nstcam.realtime.cluster.task import Task
from nstcam.realtime.errors import NstError


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    clock = SimpleNamespace(now=100.0)
    clock.monotonic = lambda: clock.now
    for module in (crew, tally):
        monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.mark.parametrize(
    ("segments", "workers", "films", "parts"),
    [
        (100, 3, 1, 6),  # two for each worker
        (20, 3, 1, 5),  # of four segments each
        (10, 3, 1, 3),  # one for each worker at least
        (2, 3, 1, 2),  # as many as there are segments
        (0, 3, 1, 1),
        (9, 3, 2, 2),  # two films share three workers
        (9, 4, 2, 2),
        (10**8, 10**6, 1, 999_999),
    ],
)
def test_parts_of_a_film(segments: int, workers: int, films: int, parts: int) -> None:
    assert count_of_parts(segments, workers, films) == parts


def test_groups_of_pictures_by_number_and_bytes(tmp_path: Path) -> None:
    def sizes(count: int, workers: int, *megabytes: float) -> list[int]:
        pairs = []
        for number in range(count):
            path = tmp_path / f"{count}-{number}"
            if megabytes:
                with path.open("wb") as file:
                    file.truncate(int(megabytes[number] * (1 << 20)))
            pairs.append((path, path))
        groups = list(groups_of(pairs, workers))
        assert [pair for group in groups for pair in group] == pairs
        return [len(group) for group in groups]

    assert [sizes(count, 2) for count in (0, 8, 9, 17)] == [[], [1] * 8, [2, 2, 2, 2, 1], [3] * 5 + [2]]
    assert sizes(100, 1) == [8] * 12 + [4], "at most 8"
    assert sizes(40, 1, *[32] * 40) == [2] * 20, "at most 64 MiB"
    assert sizes(40, 1, *[32.1] * 40) == [1] * 40
    assert sizes(3, 1, 70, 1, 1) == [1, 1, 1]


def test_frames_of_films_that_are_not_open_yet_are_taken_to_be_as_many(clock: Any) -> None:
    count = Tally(3)
    assert count.progress(0, "").total is None
    count.opened(100)
    count.opened(50)
    count.found(30)
    count.done(10)
    clock.now += 4
    assert count.progress(2, "x") == Progress(42, 225, 3.0, "x"), "those of an earlier run count for no speed"
    assert count.progress(400, "").total == 440, "at least what is done"
    count.opened(None)
    assert count.progress(0, "").total is None


def worker(number: int, clock: Any, fps: float, seconds: float = 20) -> Worker:
    """One that has painted for so long."""
    made = Worker(number, None, host="here" if number == 2 else "")
    made.takes(Task("t", "m", {}, lambda _: None))
    assert made.fps == made.painting_seconds == 0
    now, clock.now = clock.now, clock.now - seconds
    made.told(0)
    made.told(5)
    clock.now = now
    made.told(5 + round(fps * seconds))
    return made


def test_speeds_of_workers_and_which_of_them_is_slow(clock: Any, caplog: pytest.LogCaptureFixture) -> None:
    workers = [worker(1, clock, 6), worker(2, clock, 1.95), worker(3, clock, 6), worker(4, clock, 0.1, 10)]
    assert speeds(workers) == "1: 6.0, 2: 1.9, 3: 6.0, 4: 0.1"
    assert speeds([*workers, worker(5, clock, 9)]) == "5 workers, 0.1 to 9.0 each"
    for _ in range(2):
        name_slow(workers)
    assert caplog.messages == ["worker 2 (here) paints 1.9 fps, others 6.0"], "once; the last not watched for long"
    caplog.clear()
    name_slow([worker(1, clock, 6), worker(2, clock, 2)])
    name_slow([worker(2, clock, 0.5)])
    assert caplog.messages == [], "just three times as slow, or alone"
    workers[0].takes(None)
    assert speeds(workers[:2]) == "2: 1.9"


def test_a_task_that_fails_three_times_is_given_up() -> None:
    orders, taken = Orders(2), list[Task]()
    tasks = [Task(f"task {number}", "m", {}, lambda _: None) for number in (1, 2)]
    told: list[BaseException] = []

    def make() -> None:
        try:
            orders.make(tasks)
        except NstError as error:
            told.append(error)

    waiting = threading.Thread(target=make)
    waiting.start()
    while len(taken) < 2:
        if (task := orders.next()) is not None:
            taken.append(task)
    assert taken == tasks
    orders.done(tasks[0])
    for failures in (1, 2):
        orders.again(tasks[1], "why")
        assert tasks[1].failures == failures
        assert orders.next() is tasks[1]
    assert orders.waits_for(tasks[1])
    orders.again(tasks[1], "why")
    waiting.join(20)
    assert [str(error) for error in told] == ["task 2 failed 3 times, the last time because why"]
    assert not orders.waits_for(tasks[1])
    assert orders.next() is None


def waiting(work: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    """Calls it in a thread; what it returned, or raised."""
    found: list[object] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, found


def test_tasks_are_taken_only_when_workers_will_soon_have_nothing_to_do() -> None:
    orders, asked = Orders(2), list[int]()
    tasks = [Task(str(number), "m", {}, lambda _: None, source=None) for number in range(4)]

    def coming() -> Iterator[Task]:
        for number, task in enumerate(tasks):
            asked.append(number)
            yield task

    orders.want(3)
    orders.want(2)
    assert orders.wanted == 5
    thread, found = waiting(lambda: orders.make(coming()))
    until(lambda: len(asked) == 2)
    for taken in range(4):
        assert orders.next() is tasks[taken]
        until(lambda taken=taken: len(asked) == min(taken + 3, 4))  # type: ignore[misc]
    assert orders.next() is None
    for task in tasks:
        assert orders.waits_for(task)
        assert not found
        orders.done(task)
    thread.join(20)
    assert found == [None]
    orders.done(tasks[0])  # once more, by a worker that was thought lost
    assert orders.sources() == set()


def test_styles_are_those_of_the_first_worker_and_an_end_is_told_to_all_who_wait() -> None:
    orders = Orders(2)
    thread, found = waiting(orders.styles)
    assert [orders.opened(styles) for styles in ("a", "b", "a")] == [True, False, True]
    thread.join(20)
    assert found == ["a"]
    task = Task("t", "m", {}, lambda _: None)
    error = NstError("enough")
    making = waiting(lambda: orders.make([task]))
    until(lambda: orders.waits_for(task))
    orders.end(error)
    late = Orders(1)
    late.end(error)
    for thread, found in (making, waiting(late.styles), waiting(lambda: late.make([task]))):
        thread.join(20)
        assert found == [error]
    with pytest.raises(NstError, match="enough"):
        orders.check()
    assert not orders.waits_for(task)
