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


def blocks(level: int, count: int) -> Frame:
    """Nine blocks of 8x8 pixels, of which the first `count` have that level and the others are black."""
    cells = np.zeros(9, np.uint8)
    cells[:count] = level
    return cells.reshape(3, 3).repeat(8, 0).repeat(8, 1)[:, :, None].repeat(3, 2)


@pytest.mark.parametrize(
    ("level", "count", "of", "becomes"),
    [
        (139, 9, 139, 140), (139, 9, 255, 255),  # lights of 139 / 255 are multiplied up to 0.55
        (100, 9, 100, 140), (100, 9, 200, 255),
        (56, 9, 56, 140), (50, 9, 50, 125),  # but by no more than 2.5
        (34, 9, 34, 87), (30, 9, 30, 87), (16, 9, 16, 87),  # with a gamma the mean becomes 0.34
        (11, 9, 11, 53), (6, 9, 6, 11),  # the gamma is at least 0.5; from 0.06 down to 0.02 less and less is done
        (255, 3, 128, 130), (255, 1, 128, 181),  # bright places alone: the gamma does it
        (128, 3, 128, 185), (128, 9, 128, 140),
    ],
)  # fmt: skip
def test_the_light_that_is_given_is_that_of_the_formula(level: int, count: int, of: int, becomes: int) -> None:
    """Lights are the eighth root of the mean of the eighth powers of what cells of 8 pixels show."""
    shares = np.full(count, level / 255)
    mean, lights = shares.sum() / 9, ((shares**8).sum() / 9) ** (1 / 8)
    gain = np.clip(0.55 / lights, 1, 2.5)
    exposed = np.minimum(gain * shares, 1).sum() / 9
    gamma = np.clip(np.log(0.34) / np.log(exposed), 0.5, 1) if exposed < 0.34 else 1
    share = min((mean - 0.02) / 0.04, 1)
    formula = of + share * (255 * min(gain * of / 255, 1) ** gamma - of)
    tones = tones_for(blocks(level, count))
    assert tones is not None
    assert tones[of] == becomes == round(formula)


@pytest.mark.parametrize(("level", "count"), [(145, 9), (140, 9), (255, 4), (5, 9), (0, 9), (45, 1)])
def test_what_is_light_enough_or_black_gets_no_tones(level: int, count: int) -> None:
    assert tones_for(blocks(level, count)) is None


def test_stripes_within_cells_count_by_their_mean_and_a_smaller_frame_is_one_cell() -> None:
    stripes = np.tile(np.array([0, 200], np.uint8), (24, 12))[:, :, None].repeat(3, 2)
    for frame in (stripes, stripes.swapaxes(0, 1).copy(), np.full((1, 1, 3), 100, np.uint8)):
        tones = tones_for(frame)
        assert tones is not None
        assert tones[100] == 140


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
