"""Tests the configuration of a training, and the schedule of its learning rate."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from nstcam.train.fit.config import TrainConfig, config_from, learning_rate, usual_crops, warm
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
    assert started.flicker_from == 0.1


def test_a_training_that_is_not_told_otherwise() -> None:
    assert {name: value for name, value in asdict(TrainConfig(network=TINY_LITE)).items() if name != "network"} == {
        "steps": 4000, "minutes": None, "batch": 2, "crop": 192, "style_size": 640, "style_strength": 1,
        "gram_memory": 0, "crop_choice": 1, "tone_weight": 0.5, "slope_weight": 12, "scene_colour_weight": 4,
        "palette_weight": 22, "match_colours": True,
        "calm_weight": 0, "patches": 0, "lattice_weight": 1, "weave_weight": 0, "repetition_weight": 100,
        "range_weight": 10, "flicker_weight": 150, "flicker_from": 0.4, "optimizer": "soap", "learning_rate": 0.004,
        "warmup_steps": 50, "gradient_clip": 1, "average_decay": 0.995, "freeze_norms_at": 0.4, "seed": 0,
    }  # fmt: skip


def test_a_checkpoint_of_an_earlier_version_goes_on_without_the_terms_that_it_does_not_name() -> None:
    old = config_from({"network": asdict(TINY_LITE)})
    assert (old.slope_weight, old.scene_colour_weight, old.palette_weight, old.match_colours) == (0, 0, 0, False)


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("steps", (1, 10**9), (0, 10**9 + 1)), ("batch", (1, 4096), (0, 4097)), ("crop", (32, 4096), (31, 40, 4112)),
        ("style_size", (32, 65536), (31, 65537)), ("warmup_steps", (0, 10**9), (-1, 10**9 + 1)),
        ("seed", (0, 2**31 - 1), (-1, 2**31)), ("crop_choice", (1, 4096), (0, 4097)),
        ("minutes", (None, 0.1, 1e9), (0, -1, 2e9)),
        ("learning_rate", (1e-9,), (0, -1)), ("style_strength", (0, 1e9), (-0.1, 2e9)),
        ("average_decay", (0, 1), (1.1, -0.1)), ("flicker_from", (0, 1), (1.1,)), ("freeze_norms_at", (0, 1), (1.1,)),
        ("gram_memory", (0, 0.99), (1, -0.1)), ("match_colours", (True, False), (1, None)),
        ("optimizer", ("soap", "adam"), ("sgd", None)),
    ],
)  # fmt: skip
def test_what_a_file_may_hold(name: str, inside: tuple[Any, ...], outside: tuple[Any, ...]) -> None:
    values = {"network": asdict(TINY_LITE)}
    for value in inside:
        assert getattr(config_from({**values, name: value}), name) == value
    for value in outside:
        with pytest.raises(ValueError, match=name):
            config_from({**values, name: value})
