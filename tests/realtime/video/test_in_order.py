import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from nstcam.realtime.video.in_order import in_order


def test_results_come_in_order_however_long_each_takes() -> None:
    odd_may_go = threading.Event()

    def work(n: int) -> int:
        if n % 2:
            odd_may_go.set()
        else:
            assert odd_may_go.wait(60), "an even number ends only after the next odd one began"
            odd_may_go.clear()
        return n * n

    with ThreadPoolExecutor(2) as pool:
        assert list(in_order(range(10), work, pool, 2)) == [(n, n * n) for n in range(10)]


@pytest.mark.parametrize(("at_once", "ahead"), [(1, 0), (2, 2), (3, 3)])
def test_no_more_are_taken_ahead_than_asked_for(at_once: int, ahead: int) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for n in range(6):
            taken.append(n)
            yield n

    with ThreadPoolExecutor(at_once) as pool:
        for n, (item, _) in enumerate(in_order(items(), str, pool, at_once)):
            assert item == n
            assert len(taken) == min(n + 1 + ahead, 6)


def test_an_error_comes_at_its_turn() -> None:
    got: list[int] = []
    with ThreadPoolExecutor(2) as pool, pytest.raises(ZeroDivisionError):
        got.extend(result for _, result in in_order([2, 1, 0, 5], lambda n: 10 // n, pool, 2))
    assert got == [5, 10]
