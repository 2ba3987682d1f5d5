"""Tests what a look is by default, and how its strength changes."""

from __future__ import annotations

import pytest

from nstcam.realtime.effects.look import STEP, Look
from nstcam.realtime.people.words import ALL, BACKGROUND, BLUR, OFF, PERSON


def test_by_default_the_style_is_shown_as_it_is() -> None:
    look = Look()
    assert (look.strength, look.keep_colors, look.steady, look.follow, look.brighten) == (1, False, 0, True, False)
    assert (look.cells, look.across, look.stroke_scale, look.coarser) == ((), 1, 1, 0)
    assert (look.paint, look.background, look.behind) == (ALL, OFF, None)


@pytest.mark.parametrize(
    ("paint", "background", "parted"),
    [(ALL, OFF, False), (PERSON, OFF, True), (BACKGROUND, OFF, True), (ALL, BLUR, True), (PERSON, BLUR, True)],
)
def test_people_are_told_apart_where_either_asks_for_it(paint: str, background: str, parted: bool) -> None:
    assert Look(paint=paint, background=background).parted is parted


@pytest.mark.parametrize(
    ("strength", "by", "after"),
    [(0.5, STEP, 0.6), (0.5, -STEP, 0.4), (0.95, STEP, 1), (0.05, -STEP, 0), (0.3, 0.0004, 0.3), (0.3, 0.0006, 0.301)],
)
def test_strength_goes_in_tenths_from_0_to_1_and_has_three_digits(strength: float, by: float, after: float) -> None:
    assert Look(strength).stronger(by) == Look(after)
    assert Look().with_strength(strength + by) == Look(after)
