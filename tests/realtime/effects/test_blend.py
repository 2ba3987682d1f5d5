"""Tests blending, colours and timelines by numbers."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from nstcam.realtime.effects.blend import finished, in_colors_of, mix
from nstcam.realtime.frame import Frame
from nstcam.realtime.video.timeline import Timeline
from tests.support.fakes.live import frame_of


def flat(*bgr: int) -> Frame:
    return np.full((32, 40, 3), bgr, np.uint8)


def test_mix_goes_from_one_to_the_other() -> None:
    first, second = flat(0, 100, 200), flat(200, 100, 0)
    assert mix(first, second, 0) is first
    assert mix(first, second, 1) is second
    assert mix(first, second, 0.25)[0, 0].tolist() == [50, 100, 150]


def test_colours_of_the_original_brightness_of_the_style() -> None:
    original, stylized = flat(60, 90, 160), flat(140, 140, 140)
    ycc = cv2.cvtColor(in_colors_of(stylized, original), cv2.COLOR_BGR2YCrCb)[0, 0].astype(int)
    expected = cv2.cvtColor(original, cv2.COLOR_BGR2YCrCb)[0, 0].astype(int)
    assert abs(ycc[0] - 140) <= 1
    assert np.abs(ycc[1:] - expected[1:]).max() <= 1


def test_a_timeline_fades_from_style_to_style() -> None:
    timeline = Timeline([(0, "starry"), (4.5, "wave"), (5, "scream")], fade=1)
    assert timeline.at(0.3) == ("starry", "starry", 1)
    assert timeline.at(4.75) == ("starry", "wave", 0.25)
    assert timeline.at(5.5) == ("wave", "scream", 0.5)
    assert timeline.at(99) == ("scream", "scream", 1)
    assert Timeline([(2, "late")]).at(0) == ("late", "late", 1)
    assert Timeline([(0, "a"), (1, "b")], fade=0).at(1) == ("b", "b", 1)
    for wrong in ([], [(1, "a"), (1, "b")], [(2, "a"), (1, "b")]):
        with pytest.raises(ValueError, match="must increase"):
            Timeline(wrong)


def test_16_bits_are_mixed_without_a_loss() -> None:
    first, second = np.full((40, 40, 3), 1000, np.uint16), np.full((40, 40, 3), 1003, np.uint16)
    assert (mix(first, second, 1 / 3) == 1001).all()
    assert mix(first, second, 0.5).dtype == np.uint16
    coloured = np.full((40, 40, 3), (1000, 30000, 60000), np.uint16)
    assert np.abs(in_colors_of(coloured, coloured).astype(int) - coloured).max() <= 16


def test_grey_stays_the_painting_in_grey() -> None:
    assert (np.abs(in_colors_of(frame_of(90), frame_of(10)).astype(int) - 90) <= 1).all()


@pytest.mark.parametrize("strength", [-0.5, 0, 0.001, 0.25, 0.999, 1, 1.5])
@pytest.mark.parametrize("keep_colors", [False, True])
def test_what_is_shown_is_the_original_at_0_and_the_style_at_1(strength: float, keep_colors: bool) -> None:
    dice = np.random.default_rng(1)
    painted, original = (dice.integers(0, 256, (300, 40, 3), np.uint8) for _ in range(2))
    shown = finished(painted, original, strength=strength, keep_colors=keep_colors)
    style = in_colors_of(painted, original) if keep_colors else painted
    if strength <= 0:
        assert shown is original
    elif strength >= 1 and not keep_colors:
        assert shown is painted
    else:
        share = min(strength, 1.0)
        assert np.abs(shown - ((1 - share) * original + share * style)).max() <= 0.51
