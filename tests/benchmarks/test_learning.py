"""Tests the table and the sheet of benchmarks.quality.learning."""

from __future__ import annotations

import numpy as np

from benchmarks.quality.learning import FIGURES, figures, row_of
from tests.support.fakes.live import frame_of


def test_a_row_has_all_photographs_and_a_caption() -> None:
    frames = [frame_of(90, 60, 80), frame_of(190, 60, 80)]
    row = row_of("kiss 6 s", lambda frame: frame[..., ::-1], frames)  # as PyTorch's pictures come, red first
    assert row.shape == (60, 160, 3)
    assert np.unique(row[50]).tolist() == [90, 190]
    assert row[:10].min() < 90, "the caption is drawn"


def test_the_figures_are_those_of_one_size_with_four_digits() -> None:
    measures = {f"256: {name}": 1.23456 for name in FIGURES} | {"256: lattice, flat wall": 9.0}
    assert figures(measures) == dict.fromkeys(FIGURES, 1.235)
