"""Tests which places that look like a person are taken for one."""

from __future__ import annotations

from itertools import product

import numpy as np

from nstcam.realtime.people.carry import Likely
from nstcam.realtime.people.islands import people_among


def likely(value: float, rows: slice = slice(20, 60), columns: slice = slice(40, 80)) -> Likely:
    found = np.zeros((72, 128), np.float32)
    found[rows, columns] = value
    return found


def test_one_island_is_judged_as_among_others() -> None:
    speck = likely(0.4, slice(0, 1), slice(0, 1))
    for value, sure, before in product((0.5, 0.85), (0.0, 0.9), (None, slice(20, 60), slice(0, 30))):
        island = np.maximum(likely(value), likely(sure, slice(20, 24), slice(40, 50)))
        there = None if before is None else likely(1.0, before) > 0
        alone, beside = people_among(island, there), people_among(np.maximum(island, speck), there)
        assert np.array_equal(alone, beside), (value, sure, before)


def test_a_sure_island_is_a_person_and_an_unsure_one_is_not() -> None:
    assert people_among(likely(0.95), None).sum() == 40 * 40
    assert not people_among(likely(0.6), None).any()
    assert not people_among(likely(0.0), None).any()


def test_small_islands_go_and_the_person_beside_them_stays() -> None:
    both = np.maximum(likely(0.95), likely(0.95, slice(4, 9), slice(4, 9)))
    assert people_among(both, None).sum() == 40 * 40


def test_who_is_there_stays_while_the_network_doubts() -> None:
    before = people_among(likely(0.95), None)
    doubtful = likely(0.5)
    doubtful[30:34, 50:54] = 0.9
    assert not people_among(doubtful, None).any()
    assert people_among(doubtful, before).sum() == 40 * 40
    assert not people_among(likely(0.5), before).any(), "but not once no place is sure any more"


def test_a_doubtful_island_elsewhere_does_not_inherit_the_person() -> None:
    before = people_among(likely(0.95), None)
    elsewhere = likely(0.5, columns=slice(90, 128))
    elsewhere[30:34, 100:104] = 0.9
    assert not people_among(elsewhere, before).any()
