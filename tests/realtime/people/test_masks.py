"""Tests masks: along the frame's edges, still where nothing moves, and not late where something does."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from nstcam.realtime.frame import Frame
from nstcam.realtime.people.masks import FADES, WAITS, Masks, blended
from nstcam.realtime.people.network import Sighting, sighting
from nstcam.realtime.people.refine import refined
from tests.support.media.people import astronaut, moved, noisy, wall

NOBODY = np.zeros((72, 128), np.float32)


def alone(frame: Frame) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """The mask of a frame without a past."""
    return Masks().take(frame, sighting(frame), 0).mask


def test_the_edge_is_the_frames_own() -> None:
    """The network's edge is a pixel beside the frame's, and soft."""
    frame = np.full((144, 256, 3), 40, np.uint8)
    frame[:, 128:] = 200
    likely = np.clip((np.arange(256, dtype=np.float32) - 123) / 8, 0, 1)[None].repeat(144, 0)
    mask = refined(frame, frame, np.ascontiguousarray(likely))
    assert (mask[:, :118] < 30).all()
    assert (mask[:, 138:] == 255).all()
    rise = np.diff(mask[70].astype(int))
    assert rise.argmax() == 127, "steepest where the frame has its edge"
    assert rise.max() > 100


def test_a_still_edge_stays_still_under_noise() -> None:
    frames = [noisy(astronaut(), seed) for seed in range(24)]
    masks = Masks()
    steady = [masks.take(frame, sighting(frame), n / 30).mask.astype(int) for n, frame in enumerate(frames)][12:]
    edge = (steady[0] > 0) & (steady[0] < 255)
    change = np.mean([np.abs(b - a)[edge].mean() for a, b in pairwise(steady)])
    single = [alone(frame).astype(int) for frame in frames[:4]]
    assert change <= 1.0
    assert change < 0.3 * np.mean([np.abs(b - a)[edge].mean() for a, b in pairwise(single)])


def test_what_moves_is_not_followed_late() -> None:
    frames = [moved(astronaut(), 12 * n) for n in range(5)]
    masks = Masks()
    for number, frame in enumerate(frames):
        mask = masks.take(frame, sighting(frame), number / 30).mask
    fresh = alone(frames[-1])
    overlap = ((mask > 127) & (fresh > 127)).sum() / ((mask > 127) | (fresh > 127)).sum()
    assert overlap > 0.98


def test_whoever_leaves_is_let_go_at_once_and_the_scene_a_second_later() -> None:
    masks = Masks()
    assert masks.take(astronaut(), sighting(astronaut()), 10.0).present == 1
    seen = [masks.take(wall(), sighting(wall()), 10.1 + n / 10) for n in range(30)]
    assert not seen[0].mask.any(), "nothing of her stays on the wall"
    present = [each.present for each in seen]
    assert present[:9] == [1] * 9
    assert present == sorted(present, reverse=True)
    assert 0 < present[10] < 1, "softly"
    assert present[int(10 * (WAITS + FADES)) + 1] == 0
    back = [masks.take(astronaut(), sighting(astronaut()), 14 + n / 10).present for n in range(10)]
    assert back[-1] == 1


def test_a_picture_without_anybody_is_one_from_the_beginning() -> None:
    masks = Masks()
    assert masks.take(wall(), sighting(wall()), 0.2).present == 0
    assert masks.take(wall(), sighting(wall()), 0.3).present == 0


def test_it_settles_on_a_picture_that_stays() -> None:
    masks, found = Masks(), sighting(astronaut())
    assert not masks.settled
    masks.take(astronaut(), found, 0)
    masks.take(astronaut(), found, 0.1)
    assert masks.settled
    nobody = Sighting(found.places, NOBODY)
    masks.take(astronaut(), nobody, 0.2)
    assert not masks.settled, "she counts as gone a second later"


def test_frames_of_another_size_begin_anew() -> None:
    masks = Masks()
    masks.take(astronaut(), sighting(astronaut()), 0)
    larger = astronaut(360, 480)
    assert np.array_equal(masks.take(larger, sighting(larger), 0.1).mask, alone(larger))


def test_who_is_there_is_told_by_the_clock() -> None:
    """A second after the last sight, over 0.6 seconds; back over as many."""
    masks, frame = Masks(), np.zeros((72, 128, 3), np.uint8)
    somebody = np.zeros((72, 128), np.float32)
    somebody[20:50, 40:80] = 0.95

    def present(seconds: float, likely: np.ndarray) -> float:
        return masks.take(frame, Sighting(frame, likely), seconds).present

    seen = [present(time, somebody if time < 6 else NOBODY) for time in (5.0, 5.9, 6.89, 7.05, 7.35, 7.65)]
    assert seen == pytest.approx([1, 1, 1, 1 - 0.16 / 0.6, 1 - 0.46 / 0.6, 0], abs=1e-9)
    assert [present(time, somebody) for time in (7.8, 8.1, 8.4)] == pytest.approx([0.25, 0.75, 1])


def test_a_step_is_a_share_of_the_difference_rounded_towards_the_old() -> None:
    rng = np.random.default_rng(0)
    before, after = rng.integers(0, 256, (2, 24, 32), np.uint8)
    follow = rng.random((24, 32), np.float32)
    steps = np.abs(after.astype(int) - before) * np.round(255 * follow).astype(int) // 255
    assert np.array_equal(blended(before, after, follow), np.where(after > before, before + steps, before - steps))


@pytest.mark.parametrize(("old", "new"), [(100, 104), (104, 100)])
def test_small_steps_are_not_taken_where_nothing_moves(old: int, new: int) -> None:
    before, after = (np.full((8, 8), value, np.uint8) for value in (old, new))
    assert blended(before, after, np.full((2, 2), 0.12, np.float32)) is before
    assert (blended(before, after, np.ones((2, 2), np.float32)) == new).all()
