"""Sound by its time: clocks that differ, gaps, and what comes twice."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from nstcam.realtime.capture.tape import RATE, Samples, Tape, sample_at


def block(count: int, value: float = 0.5) -> Samples:
    return np.full((2, count), value, np.float32)


def test_samples_lie_at_their_times() -> None:
    tape = Tape()
    tape.add(10.0, block(480, 0.1))
    tape.add(10.01, block(480, 0.2))
    taken = tape.take(sample_at(9.99), sample_at(10.03))
    assert taken.shape == (2, 1920)
    assert taken[1, [479, 480, 959, 960, 1439, 1440]] == pytest.approx([0, 0.1, 0.1, 0.2, 0.2, 0])


def test_a_gap_is_silence_and_what_comes_twice_is_left_out() -> None:
    tape = Tape()
    tape.add(10.0, block(480, 0.1))
    tape.add(10.5, block(480, 0.2))
    tape.add(10.2, block(RATE, 0.3))
    begin = sample_at(10.0)
    taken = tape.take(begin, begin + 2 * RATE)[0]
    assert taken[[479, 480, 23_999, 24_000, 24_479, 24_480]] == pytest.approx([0.1, 0, 0, 0.2, 0.2, 0.3])
    assert tape.end == sample_at(11.2)


@pytest.mark.parametrize("wrong", [-300e-6, 300e-6])
def test_a_clock_that_goes_wrong_is_evened_out(wrong: float) -> None:
    """Ten minutes of a sound card that is off by 300 parts in a million: 180 ms, if samples were only counted."""
    tape, size = Tape(), 4800
    rng = np.random.default_rng(1)
    clap = 590.0
    for number in range(round(600 * RATE / size)):
        at = number * size / RATE * (1 + wrong)
        lasts = size / RATE * (1 + wrong)
        samples = block(size, 0)
        if at <= clap < at + lasts:
            samples[:, round((clap - at) / lasts * size)] = 1
        tape.add(1000 + at + rng.uniform(-0.002, 0.002), samples)
    taken = tape.take(sample_at(1580), sample_at(1600))[0]
    heard = 1580 + int(np.argmax(taken)) / RATE
    assert taken.max() > 0.3
    assert heard == pytest.approx(1000 + clap, abs=0.012)


@pytest.mark.parametrize("wrong", [-0.2, 0.2])
def test_a_driver_that_is_wrong_once_is_not_believed_and_soon_if_it_stays(wrong: float) -> None:
    tape, size = Tape(), 4800
    for number in range(10):
        tape.add(100 + number / 10 + (wrong if number == 5 else 0), block(size))
    assert (tape.take(sample_at(100.1), sample_at(100.9)) == 0.5).all()
    assert tape.end == pytest.approx(sample_at(101), abs=size // 100)
    for number in range(10, 20):
        tape.add(100 + number / 10 + wrong, block(size))
    assert tape.end == pytest.approx(sample_at(102 + wrong), abs=size // 100)


def test_it_reaches_back_a_while_and_no_further() -> None:
    tape = Tape()
    for second in range(60):
        tape.add(float(second), block(RATE, 0.5))
    assert not tape.take(sample_at(10), sample_at(15)).any()
    assert tape.take(20 * RATE - 1, 20 * RATE + 1)[0].tolist() == [0, 0.5], "40 seconds"
    assert (tape.take(sample_at(25), sample_at(60)) == 0.5).all()
    tape.add(1e6, block(480, 0.25))
    assert not tape.take(sample_at(1e6 - 30), sample_at(1e6)).any()


def test_after_a_cut_new_sound_takes_the_place() -> None:
    tape = Tape()
    tape.add(10.0, block(RATE, 0.1))
    tape.cut(10.25)
    tape.add(10.25, block(RATE, 0.2))
    assert tape.take(sample_at(10.3), sample_at(10.3) + 1)[0, 0] == pytest.approx(0.2)
    tape.cut(11.3)
    tape.add(11.35, block(480, 0.3))
    assert tape.take(sample_at(11.3), sample_at(11.36))[0, [0, 2399, 2400]] == pytest.approx([0, 0, 0.3])


def comes_back(tape: Tape, end: int) -> bool:
    """Whether waiting for that sample ends by itself."""
    waiting = threading.Thread(target=tape.wait_for, args=(end, 3600), daemon=True)
    waiting.start()
    waiting.join(60)
    return not waiting.is_alive()


def test_waiting_ends_with_the_sound_or_its_pause() -> None:
    tape = Tape()
    assert comes_back(tape, sample_at(5))
    tape.add(1.0, block(480))
    threading.Timer(0.05, lambda: tape.add(1.01, block(RATE))).start()
    assert comes_back(tape, sample_at(1.5))
    assert tape.end >= sample_at(1.5)
    assert comes_back(tape, tape.end)
    threading.Timer(0.05, tape.pause).start()
    assert comes_back(tape, sample_at(99))
    tape.add(3.0, block(480))
    tape.wait_for(sample_at(99), 0.01)


def laid(blocks: list[tuple[int, int]]) -> list[int]:
    """Where the tape ends after each (first sample, samples)."""
    tape, ends = Tape(), []
    for begin, count in blocks:
        tape.add(begin / RATE, block(count))
        ends.append(tape.end)
    return ends


@pytest.mark.parametrize(
    ("late", "longer"),
    [
        (0, 0), (240, 0), (-240, 0), (241, 50), (-241, -50), (1440, 50), (1441, 50), (14_400, 50), (-14_400, -50),
        (14_401, 14_401), (-14_401, -10_000), (48_000, 48_000),
    ],
)  # fmt: skip
def test_a_block_a_little_off_is_stretched_by_a_two_hundredth_and_one_far_off_sets_the_tape_right(
    late: int, longer: int
) -> None:
    """Up to 5 ms nothing is done, and from more than 300 ms on there is silence, or what came before is left out."""
    assert laid([(0, 20_000), (20_000 + late, 10_000)])[-1] == 30_000 + longer


@pytest.mark.parametrize("late", [3500, -3500, 1600, -1600])
def test_blocks_that_stay_off_for_more_than_a_quarter_of_a_second_set_the_tape_right(late: int) -> None:
    """12 000 samples, in three blocks, are not more; a block that is right in between begins the count anew."""
    blocks = [(0, 4000), *((4000 * number + late, 4000) for number in range(1, 5))]
    drift = 20 if late > 0 else -20
    assert laid(blocks) == [4000, 8000 + drift, 12_000 + 2 * drift, 16_000 + 3 * drift, 20_000 + late]
    blocks[2] = (8000, 4000)
    assert laid(blocks)[-1] == 20_000 + 3 * drift


@pytest.mark.parametrize(("late", "end"), [(1440, 26_020), (1441, 27_441), (-1440, 25_980), (-1441, 24_559)])
def test_after_a_cut_a_block_begins_where_it_says_unless_it_is_less_than_30_ms_off(late: int, end: int) -> None:
    tape = Tape()
    tape.cut(5)
    tape.add(0, block(48_000))
    tape.cut(99)
    assert tape.end == 48_000
    tape.cut(22_000 / RATE)
    tape.add((22_000 + late) / RATE, block(4000))
    assert tape.end == end


@pytest.mark.parametrize("late", [241, -241])
def test_a_block_is_stretched_evenly_from_its_first_to_its_last_sample(late: int) -> None:
    tape, ramp = Tape(), (np.stack([np.arange(401), -np.arange(401)]) / 1000).astype(np.float32)
    tape.add(0, block(400))
    tape.add((400 + late) / RATE, ramp)
    longer = 2 if late > 0 else -2
    assert tape.end == 801 + longer
    seen = tape.take(400, tape.end)
    np.testing.assert_allclose(seen, np.linspace(ramp[:, 0], ramp[:, -1], 401 + longer, axis=1), atol=1e-6)


def test_what_lies_where_nothing_is_known_is_silence_and_long_blocks_keep_their_last_40_seconds() -> None:
    tape = Tape()
    assert tape.end == 0
    assert tape.take(5, 9).tolist() == [[0] * 4] * 2
    long = np.zeros((2, 41 * RATE), np.float32)
    long[:, RATE - 1], long[:, RATE], long[:, -1] = 0.1, (0.2, 0.3), (0.4, 0.5)
    tape.add(1.0, long)
    assert tape.end == 42 * RATE
    assert tape.take(42 * RATE - 1, 42 * RATE + 1) == pytest.approx(np.array([[0.4, 0], [0.5, 0]]))
    assert tape.take(2 * RATE - 1, 2 * RATE + 1) == pytest.approx(np.array([[0, 0.2], [0, 0.3]]))
    assert tape.take(9, 9).shape == tape.take(9, 5).shape == (2, 0)
