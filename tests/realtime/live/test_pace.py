from itertools import pairwise

import numpy as np
import pytest

from nstcam.realtime.live.pace import STEPS, Pace, Took

PIXELS = [10_000, 6_400, 4_000, 2_500, 1_600]
assert len(PIXELS) == STEPS


def frames_of(full_ms: float, target: float, rest_ms: float = 0.0, start: int = 0, count: int = 600) -> list[int]:
    """The sizes of the frames of a machine that takes `full_ms` for the largest painting, and `rest_ms` beside it."""
    pace, index, seen = Pace(), start, []
    for _ in range(count):
        took = Took(full_ms * PIXELS[index] / PIXELS[0], rest_ms)
        index = pace.record(took, target, index, PIXELS)
        seen.append(index)
    return seen


@pytest.mark.parametrize(("full_ms", "index"), [(20, 0), (33, 0), (45, 1), (70, 2), (110, 3), (1000, 4)])
def test_it_jumps_to_the_largest_size_that_holds_the_rate_and_stays(full_ms: float, index: int) -> None:
    seen = frames_of(full_ms, 30)
    assert set(seen[5:]) == {index}, "two frames to settle and three to measure; then no going back and forth"


def test_what_does_not_depend_on_the_size_is_not_expected_to_shrink() -> None:
    assert set(frames_of(45, 30, rest_ms=0)[5:]) == {1}
    assert set(frames_of(45, 30, rest_ms=10)[5:]) == {2}


def test_a_first_choice_that_is_not_enough_is_mended_at_once() -> None:
    """The painting takes half of the time whatever its size: less is saved than expected."""
    pace, index, seen = Pace(), 0, []
    for _ in range(20):
        index = pace.record(Took(50 * (0.5 + 0.5 * PIXELS[index] / PIXELS[0])), 30, index, PIXELS)
        seen.append(index)
    assert seen[4] == 2
    assert set(seen[9:]) == {3}


def test_it_grows_again_when_there_is_room_by_as_much_as_there_is() -> None:
    seen = frames_of(10, 30, start=4, count=60)
    assert seen[:40] == [4] * 40, "but not hastily"
    assert seen[-1] == 0


def test_it_grows_after_four_times_as_many_frames_in_a_row_as_it_takes_to_shrink() -> None:
    def record(ms: float, index: int, count: int) -> list[int]:
        pace = Pace(patience=4)
        for _ in range(5):  # settled, and chosen for the first time
            pace.record(Took(30.0 if index == 0 else 33.0), 30, index, PIXELS)
        return [pace.record(Took(ms), 30, index, PIXELS) for _ in range(count)]

    assert record(1.0, 1, 16) == [1] * 15 + [0]
    assert record(50.0, 0, 4) == [0] * 3 + [2]


def test_another_style_is_measured_anew() -> None:
    pace = Pace()
    for _ in range(100):
        assert pace.record(Took(20.0), 30, 0, PIXELS, "quick") == 0
    assert [pace.record(Took(60.0), 30, 0, PIXELS, "slow") for _ in range(5)] == [0, 0, 0, 0, 2]


def test_after_a_first_choice_that_held_it_is_patient() -> None:
    pace, index, seen = Pace(patience=20), 0, []
    for _ in range(30):
        index = pace.record(Took(20.0), 30, index, PIXELS)
    for _ in range(60):  # something else takes a core now, and soon another one
        took = Took((60.0 if index == 0 else 200.0) * PIXELS[index] / PIXELS[0])
        index = pace.record(took, 30, index, PIXELS)
        seen.append(index)
    assert seen == [0] * 19 + [2] * (2 + 20) + [4] * 19, "two frames to settle, then as many as usual"


def test_a_size_that_these_frames_do_not_have_is_the_last_that_they_have() -> None:
    pace = Pace()
    assert [pace.record(Took(ms), 10, 4, PIXELS[:3]) for ms in (20.0, *[200.0] * 6)] == [2] * 7


def test_one_slow_frame_changes_nothing() -> None:
    pace = Pace()
    times = [20.0] * 50 + [300.0] + [20.0] * 50
    assert {pace.record(Took(ms), 30, 0, PIXELS) for ms in times} == {0}


@pytest.mark.parametrize("full_ms", [25.0, 33.0, 40.0, 52.0, 80.0])
def test_times_that_scatter_do_not_make_it_swing(full_ms: float) -> None:
    """Frames of a busy machine take between four fifths and twice as long, at random."""
    rng = np.random.default_rng(0)
    pace, index, seen = Pace(), 0, []
    for _ in range(3000):
        took = Took(full_ms * PIXELS[index] / PIXELS[0] * (0.8 + rng.exponential(0.2)))
        index = pace.record(took, 30, index, PIXELS)
        seen.append(index)
    changes = sum(a != b for a, b in pairwise(seen[300:]))
    assert changes <= 2, "at most once down and once up in a minute and a half"
