import threading

import numpy as np
import pytest

from nstcam.realtime.effects import strips
from nstcam.realtime.effects.strips import in_strips


@pytest.mark.parametrize("cores", [1, 2, 3])
@pytest.mark.parametrize(("height", "multiple"), [(1, 1), (96, 1), (97, 5), (1080, 5), (1081, 12)])
def test_every_row_is_in_one_strip(height: int, multiple: int, cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strips, "_thread_count", lambda: cores)
    seen, begins = np.zeros(height, int), []

    def work(rows: slice) -> None:
        seen[rows] += 1
        begins.append(rows.start)

    in_strips(height, work, multiple)
    assert (seen == 1).all()
    assert all(begin % multiple == 0 for begin in begins)
    assert sorted(begins) == list(range(0, height, {1: 96, 5: 100, 12: 96}[multiple]))


@pytest.mark.parametrize("at", [0, 1, 5])
def test_an_error_in_any_strip_is_raised_when_all_threads_are_done(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strips, "_thread_count", lambda: 2)
    monkeypatch.setattr(strips, "ROWS", 10)
    at_work, lock = [0], threading.Lock()

    def work(rows: slice) -> None:
        with lock:
            at_work[0] += 1
        try:
            if rows.start == 10 * at:
                raise ValueError(f"strip {at}")
        finally:
            with lock:
                at_work[0] -= 1

    with pytest.raises(ValueError, match=f"strip {at}"):
        in_strips(100, work)
    assert at_work == [0]
