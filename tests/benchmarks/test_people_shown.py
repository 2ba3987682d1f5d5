"""Tests how masks are compared with outlines."""

from __future__ import annotations

import json

import pytest

from benchmarks.people_shown import OUTLINES, edge_of, fit, inside

SQUARE = [20, 20, 59, 20, 59, 59, 20, 59]


def test_a_mask_that_is_the_outline_fits() -> None:
    truth = inside(SQUARE, (100, 100))
    assert truth.sum() == 1600
    assert fit(truth, truth) == (1.0, 0.0, 0.0)


def test_a_mask_beside_the_outline_is_as_far_off_as_it_is() -> None:
    truth, mask = inside(SQUARE, (100, 100)), inside(SQUARE, (100, 100), right=4)
    found = fit(mask, truth)
    assert found.iou == pytest.approx(36 / 44)
    assert 0 < found.edge_mean < 4
    assert found.edge_90 == pytest.approx(4, abs=0.3)


def test_the_borders_of_the_picture_are_no_edge() -> None:
    assert not edge_of(inside([0, 0, 99, 0, 99, 99, 0, 99], (100, 100))).any()


def test_each_outline_has_corners() -> None:
    outlines = json.loads(OUTLINES.read_text())
    assert len(outlines) == 6
    assert all(len(corners) > 80 and len(corners) % 2 == 0 for corners in outlines.values())
