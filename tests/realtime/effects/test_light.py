"""Dark frames are painted with more light; ordinary and black ones are left alone."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from nstcam.realtime.effects import light
from nstcam.realtime.effects.light import lit, tones_for
from nstcam.realtime.frame import Frame


def scene(brightest: int) -> Frame:
    """A ramp from black to that level, with a third of it in colour."""
    ramp = np.linspace(0, brightest, 160)[None, :, None].repeat(120, 0).repeat(3, 2)
    ramp[:40, :, 0] *= 0.5
    return np.round(ramp).astype(np.uint8)


def mean(frame: Frame) -> float:
    return float(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY).mean()) / 255


def test_a_dark_frame_gets_the_mean_and_the_lights_of_an_ordinary_one() -> None:
    dark = scene(90)
    small, source, tones = lit(dark, brighten=True)
    assert small is dark
    assert tones is not None
    assert mean(dark) < 0.2
    assert light.MEAN - 0.01 < mean(source) < 0.4
    assert source.max() > 2 * dark.max()


@pytest.mark.parametrize("frame", [scene(255), np.full((64, 64, 3), 145, np.uint8)])
def test_an_ordinary_frame_is_painted_as_it_is(frame: Frame) -> None:
    assert tones_for(frame) is None
    assert lit(frame, brighten=True).source is frame


def test_nothing_changes_unless_it_is_wanted() -> None:
    dark = scene(90)
    assert lit(dark, brighten=False) == (dark, dark, None)


def test_black_stays_black_and_light_comes_gradually() -> None:
    """Through a fade from black the painted brightness rises without a jump, and hardly falls."""
    rng = np.random.default_rng(0)
    night = np.abs(rng.normal(0, 2, (64, 64, 3))).astype(np.uint8)
    assert tones_for(night) is None
    shown = [mean(lit(scene(level), brighten=True).source) for level in range(1, 256)]
    steps = np.diff(shown)
    assert steps.min() > -0.01
    assert steps.max() < 0.05


def test_tones_never_fall_and_keep_black() -> None:
    for level in (20, 60, 110, 160):
        tones = tones_for(scene(level))
        assert tones is not None
        assert tones[0] == 0
        assert (np.diff(tones.astype(int)) >= 0).all()
        assert (tones.astype(int) >= np.arange(256)).all()


def test_a_small_lamp_takes_no_light_from_the_room_at_once() -> None:
    """A lamp of 1 % of a dark frame, cell by cell, changes the light of the rest by little at a time."""
    levels = []
    for width in range(0, 33, 8):
        room = scene(90)
        room[:40, 120 : 120 + width] = 255
        tones = tones_for(room)
        assert tones is not None
        levels.append(int(tones[60]))
    assert levels == sorted(levels, reverse=True)
    assert max(a - b for a, b in pairwise(levels)) < 45
    assert levels[-1] > 75


def test_noise_hardly_moves_the_tones() -> None:
    rng = np.random.default_rng(1)
    dark = scene(90).astype(float)
    seen = [tones_for(np.clip(dark + rng.normal(0, 4, dark.shape), 0, 255).astype(np.uint8)) for _ in range(6)]
    levels = np.array([tones for tones in seen if tones is not None], int)
    assert len(levels) == 6
    assert np.ptp(levels, axis=0).max() <= 2
