"""Tests the mouse in the live window, and what it picks styles from; the result is read from pixels."""

from __future__ import annotations

import sys

import pytest

from benchmarks.tools.desktop import App, missing_programs
from benchmarks.tools.waiting import until
from tests.support.models.colour_styles import (
    LEFT,
    RIGHT,
    Colour,
    mean,
    of,
    painted,
    shows,
)

pytestmark = [
    pytest.mark.display,
    pytest.mark.skipif(sys.platform != "linux" or bool(missing_programs()), reason="needs Xvfb, openbox and xdotool"),
]


def test_the_line_between_original_and_painting_follows_the_mouse(app: App) -> None:
    app.press("c")
    app.point(0.5, 0.5)
    shows(app, LEFT, painted(RIGHT, 0))
    app.point(0.1, 0.5)
    shows(app, *of(0))
    app.point(0.9, 0.5)
    shows(app, LEFT, RIGHT)
    app.press("c")
    until(lambda: app.status()["compare"] == "sides")
    until(lambda: [mean(app.picture(), x, 0.35) for x in (0.12, 0.37, 0.62, 0.87)] == [LEFT, RIGHT, *of(0)])
    app.press("c")
    shows(app, *of(0))


def picker(app: App) -> str:
    shown: str = app.status()["picker"]
    return shown


def test_the_strip_scrolls_and_picks(app: App) -> None:
    """Five pictures of 64 pixels side by side in a picture that is 640 wide; their names stand below them."""

    def cells() -> list[tuple[Colour, Colour]]:
        picture = app.picture()
        return [(mean(picture, (c + 0.3) / 5, 0.75), mean(picture, (c + 0.7) / 5, 0.75)) for c in range(5)]

    app.press("g")
    until(lambda: cells() == [of(place) for place in range(5)])
    app.press("Right", "Right", "Right")
    until(lambda: cells() == [of(place) for place in range(1, 6)])
    shows(app, *of(3))
    app.point(0.5, 0.5)
    app.desktop.do("click", "5")
    until(lambda: cells() == [of(place) for place in range(2, 7)])
    app.desktop.do("click", "4")
    app.desktop.do("click", "4")
    until(lambda: cells() == [of(place) for place in range(5)])
    shows(app, *of(3))  # the wheel neither chooses nor zooms
    app.point(0.5, 0.75)
    app.desktop.do("click", "1")
    shows(app, *of(2))
    app.press("Escape")
    until(lambda: picker(app) == "off")


def test_the_mouse_opens_the_strip_and_leaving_closes_it(app: App) -> None:
    app.point(0.5, 0.5)
    app.point(0.5, 0.97)
    until(lambda: picker(app) == "strip")
    app.point(0.5, 0.3)
    until(lambda: picker(app) == "off")


def test_the_large_grid_and_a_click_picks_one(app: App) -> None:
    app.press("g", "g")
    places = [(column, row) for row in range(3) for column in range(3)]

    def tiles() -> list[tuple[Colour, Colour]]:
        picture = app.picture()
        left, wide, high = 0.5 - 1.5 * 0.2375, 0.2375, 0.279
        spots = [[mean(picture, left + (c + x) * wide, (r + 0.4) * high) for x in (0.3, 0.7)] for c, r in places]
        return [(left, right) for left, right in spots]

    until(lambda: tiles() == [of(place) for place in range(9)])
    assert picker(app) == "grid"
    app.point(0.5, 0.4)
    app.desktop.do("click", "1")
    shows(app, *of(4))
    assert picker(app) == "off"
    app.press("g", "g", "8")
    shows(app, *of(7))
    app.press("g")
    until(lambda: picker(app) == "strip")
    app.press("g", "g")
    shows(app, *of(7))
