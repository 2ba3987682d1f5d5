"""Tests what is said about trainings that are too short."""

from __future__ import annotations

from typing import Any

import pytest

from nstcam.train.fit.enough import too_few, verdict
from nstcam.train.fit.run import foreseen
from nstcam.train.progress import Step
from tests.support.models.tiny import TINY_LITE, random_checkpoint

SHORT = "26 steps: the style is not there yet; about {} are needed"


@pytest.mark.parametrize(
    ("steps", "warm", "line"),
    [
        (26, True, SHORT.format(300)),
        (26, False, SHORT.format(1200)),
        (1, True, "1 step: the style is not there yet; about 300 are needed"),
        (299, True, "299 steps: the style is not there yet; about 300 are needed"),
        (300, True, None),
        (1199, False, "1199 steps: the style is not there yet; about 1200 are needed"),
        (1200, False, None),
    ],
)
def test_more_steps_are_needed_from_nothing(steps: int, warm: bool, line: str | None) -> None:
    assert too_few(steps, warm=warm) == line


@pytest.mark.parametrize(
    ("provenance", "needed"),
    [({"start": {"name": "wave", "step": 900}}, 300), ({"start": None}, 1200), ({}, 300), (None, 300)],
)
def test_a_checkpoint_knows_whether_it_had_a_start(provenance: dict[str, Any] | None, needed: int) -> None:
    checkpoint = random_checkpoint(TINY_LITE, "short")
    checkpoint.step, checkpoint.provenance = 26, provenance
    assert verdict(checkpoint) == SHORT.format(needed)
    checkpoint.step = needed
    assert verdict(checkpoint) is None


@pytest.mark.parametrize(
    ("seconds", "line"),
    [
        (1.0, "10 minutes are about 3000 steps here"),
        (60.0, "10 minutes are about 50 steps here; the style needs about 300, which take 60 minutes"),
    ],
)
def test_minutes_are_told_as_steps(seconds: float, line: str) -> None:
    step = Step(5, seconds / 600, 1, 1, 1, 1, 0, seconds)
    assert foreseen(step, 10, warm=True) == line
