"""Tests the configuration of a training, and the schedule of its learning rate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nstcam.train.fit.config import TrainConfig, learning_rate, usual_crops, warm
from tests.support.models.tiny import TINY_LITE

CONFIG = TrainConfig(network=TINY_LITE, learning_rate=2.0, warmup_steps=10)


def test_the_rate_warms_up_evenly_and_ends_at_a_hundredth() -> None:
    assert [learning_rate(CONFIG, step, 0.0) for step in (0, 4, 9, 50)] == pytest.approx([0.2, 1.0, 2.0, 2.0])
    assert learning_rate(CONFIG, 500, 0.5) == pytest.approx(2 * (0.01 + 0.99 / 2))
    assert learning_rate(CONFIG, 999, 1.0) == pytest.approx(0.02)
    assert learning_rate(replace(CONFIG, warmup_steps=0), 0, 0.0) == 2.0


def test_crops_are_as_many_as_a_machine_bears() -> None:
    assert usual_crops(warm=False, on_gpu=True) == usual_crops(warm=True, on_gpu=True) == (4, 256)
    (one, side), (two, smaller) = usual_crops(warm=True, on_gpu=False), usual_crops(warm=False, on_gpu=False)
    assert (one, two) == (1, 2)
    assert one * side**2 == pytest.approx(two * smaller**2, rel=0.01), "the same work"
    assert side % 16 == smaller % 16 == 0


def test_a_warm_start_is_steady_earlier_and_keeps_its_statistics() -> None:
    started = warm(CONFIG)
    assert started.freeze_norms_at == 0
    assert started.flicker_from < CONFIG.flicker_from
    assert replace(started, freeze_norms_at=0.4, flicker_from=CONFIG.flicker_from) == CONFIG
