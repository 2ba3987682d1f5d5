from itertools import pairwise

import numpy as np
import pytest

from nstcam.realtime.live.work_size import SCALES, Pace, work_sizes


def test_sizes_fit_and_shrink() -> None:
    sizes = work_sizes((720, 1280), (640, 480))
    assert sizes[0] == (360, 640)
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == len(SCALES)


def test_sizes_too_small_for_styles_are_left_out() -> None:
    assert work_sizes((60, 80), (640, 480)) == [(60, 80), (48, 64), (38, 51)]
    assert work_sizes((20, 20), (640, 480)) == [(20, 20)], "the largest stays: it is refused where the frame is"


def settle(full_ms: float, target: float, start: int = 0, frames: int = 600) -> list[int]:
    """Working sizes of a machine that takes `full_ms` for the largest."""
    pace, index, seen = Pace(target), start, []
    for _ in range(frames):
        index = pace.record(full_ms * SCALES[index] ** 2, index, len(SCALES))
        seen.append(index)
    return seen


@pytest.mark.parametrize(("full_ms", "index"), [(20, 0), (33, 0), (45, 1), (70, 2), (120, 3), (1000, 4)])
def test_it_finds_the_largest_size_that_holds_the_rate_and_stays(full_ms: float, index: int) -> None:
    seen = settle(full_ms, 30)
    assert seen[-1] == index
    assert len(set(seen[200:])) == 1, "no going back and forth"


def test_it_grows_again_when_there_is_room() -> None:
    assert settle(10, 30, start=4)[-1] == 0


def test_it_grows_after_four_times_as_many_frames_in_a_row_as_it_takes_to_shrink() -> None:
    pace = Pace(30, patience=2)
    assert [pace.record(1.0, 1, len(SCALES)) for _ in range(8)] == [1] * 7 + [0]
    pace = Pace(30, patience=2)
    assert [pace.record(100.0, 0, len(SCALES)) for _ in range(2)] == [0, 1]


def test_a_size_that_these_frames_do_not_have_is_the_last_that_they_have() -> None:
    pace = Pace(10, patience=2)
    assert [pace.record(ms, 4, 3) for ms in (20.0, 200.0, 200.0, 200.0)] == [2, 2, 2, 2]


def test_one_slow_frame_changes_nothing() -> None:
    pace = Pace(30)
    times = [20.0] * 50 + [300.0] + [20.0] * 50
    assert {pace.record(ms, 0, len(SCALES)) for ms in times} == {0}


@pytest.mark.parametrize("full_ms", [25.0, 33.0, 40.0, 52.0, 80.0])
def test_times_that_scatter_do_not_make_it_swing(full_ms: float) -> None:
    """Frames of a busy machine take between four fifths and twice as long, at random."""
    rng = np.random.default_rng(0)
    pace, index, seen = Pace(30), 0, []
    for _ in range(3000):
        index = pace.record(full_ms * SCALES[index] ** 2 * (0.8 + rng.exponential(0.2)), index, len(SCALES))
        seen.append(index)
    changes = sum(a != b for a, b in pairwise(seen[300:]))
    assert changes <= 2, "at most once down and once up in a minute and a half"
