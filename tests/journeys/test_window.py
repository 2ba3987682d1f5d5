"""Tests every key of the live window by typing it; the result is read from pixels and from `status`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from benchmarks.tools.desktop import KEYCODES, App, Desktop, missing_programs
from benchmarks.tools.waiting import until
from nstcam.realtime.live.hotkeys import HOTKEYS
from tests.support.models.colour_styles import (
    LEFT,
    RIGHT,
    STYLES,
    Colour,
    arguments_for,
    mean,
    of,
    painted,
    shows,
    sides,
)

pytestmark = [
    pytest.mark.display,
    pytest.mark.skipif(sys.platform != "linux" or bool(missing_programs()), reason="needs Xvfb, openbox and xdotool"),
]


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    desktop = Desktop(tmp_path_factory.mktemp("desktop"))
    yield desktop
    desktop.close()


@pytest.fixture(scope="module")
def arguments(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return arguments_for(tmp_path_factory.mktemp("styles"))


@pytest.fixture(scope="module")
def shared(desktop: Desktop, arguments: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    app = App(desktop, tmp_path_factory.mktemp("work"), arguments)
    yield app
    assert "Traceback" not in app.close()


@pytest.fixture
def app(shared: App) -> App:
    """Style 1 at full strength, all else off, whatever the test before has left."""
    for line in ("style 1", "strength 1", "steady 0", "keep-colors off"):
        assert shared.tell(line).startswith("ok")
    status = shared.status()
    compare = {"off": 0, "sides": 1, "wipe": 2}[status["compare"]]
    shared.press(*"c" * compare)
    shared.press(*["Escape"] * (status["picker"] != "off"))
    shared.press(*["b"] * bool(status["blend"]), *["m"] * status["mirror"], *["h"] * status["keys_shown"])
    shared.press(
        *"i" * (0 if status["figures"] else 2 if status["clean"] else 1), *["r"] * status["recording"], *"====="
    )
    until(lambda: shared.status()["style"] == "s1" and sides(shared) == (painted(LEFT, 0), painted(RIGHT, 0)))
    return shared


@pytest.mark.parametrize("place", range(9))
def test_digits_show_styles(app: App, place: int) -> None:
    app.press(str(place + 1))
    shows(app, *of(place))
    assert app.status()["style"] == STYLES[place]


def test_letters_and_arrows_go_through_the_styles(app: App) -> None:
    for cap, place in (("n", 1), ("Right", 2), ("p", 1), ("Left", 0), ("p", 8), ("n", 0)):
        app.press(cap)
        shows(app, *of(place))
        assert app.status()["style"] == STYLES[place]


@pytest.mark.parametrize("cap", [" ", "0"])
def test_the_original_and_back(app: App, cap: str) -> None:
    app.press(cap)
    shows(app, LEFT, RIGHT)
    assert app.status()["style"] is None
    app.press(cap)
    shows(app, *of(0))


def test_strength(app: App) -> None:
    app.press(*"[[[[[")
    until(lambda: app.status()["strength"] == 0.5)
    shows(app, (130, 130, 130), (130, 130, 130))
    app.press("Down", "Up", "Up", "]")
    until(lambda: app.status()["strength"] == 0.7)


def test_a_blend_is_moved_by_the_arrows(app: App) -> None:
    app.press("b")
    until(lambda: app.status()["blend"] == {"style": "s2", "share": 0.5})
    half = [round((a + b) / 2) for a, b in zip(painted(LEFT, 0), painted(LEFT, 1), strict=True)]
    until(lambda: np.abs(np.subtract(sides(app)[0], half)).max() <= 5)
    app.press("Right", "Right", "Left")
    until(lambda: app.status()["blend"]["share"] == 0.6)
    assert app.status()["style"] == "s1"
    app.press("b")
    shows(app, *of(0))
    assert app.status()["blend"] is None


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


def test_original_colours(app: App) -> None:
    """What is LEFT is as bright as in the painting (Y 120 instead of 135), with B - Y and R - Y of the original."""
    app.press("k")
    until(lambda: np.abs(np.subtract(sides(app)[0], (25, 95, 205))).max() <= 5)
    assert app.status()["keep_colors"]
    app.press("k")
    shows(app, *of(0))


def test_only_pictures_are_learnt_and_kept(app: App) -> None:
    app.press("l")
    until(lambda: app.status()["message"].startswith("only a picture can be learnt"))
    app.press("e")
    until(lambda: app.status()["message"].startswith("nothing was learnt of what is shown"))
    assert app.status()["learning"] is None


def test_nobody_is_painted_or_left_out(app: App) -> None:
    """In front of the camera are two plain walls: people alone are painted, until a second has passed without any."""
    app.press("d")
    until(lambda: app.status()["background"] == "blur")
    app.press("d")
    until(lambda: app.status()["background"] == "off")
    app.press("a")
    until(lambda: app.status()["paint"] == "person")
    shows(app, *of(0))
    app.press("a")
    until(lambda: app.status()["paint"] == "background")
    app.press("a")
    until(lambda: app.status()["paint"] == "all")
    shows(app, *of(0))


def test_switches_that_status_tells(app: App) -> None:
    app.press("t")
    until(lambda: app.status()["steady"] == 0.8)
    app.press("t")
    until(lambda: app.status()["steady"] == 0)
    app.press("v")
    until(lambda: "virtual camera" in app.status()["message"])


def test_painting_size(app: App) -> None:
    app.press("-")
    until(lambda: app.status()["painting_size"] == [256, 192])
    shows(app, *of(0))
    for cap in ("pad-", "=", "pad+"):
        app.press(cap)
    until(lambda: app.status()["painting_size"] == [320, 240])


def test_mirror(app: App) -> None:
    app.press("m")
    shows(app, *of(0)[::-1])
    assert app.status()["mirror"]
    app.press("m")
    shows(app, *of(0))


def test_full_screen(app: App) -> None:
    windowed = app.place()
    app.press("f")
    until(lambda: app.place()[2:] == (1000, 800))
    shows(app, *of(0))
    app.point(0.5, 0.5)  # the arrow of the mouse is not black
    bars = np.s_[:24], np.s_[776:]  # a picture of 1000x750 is in between
    until(lambda: all(app.picture()[bar].max() == 0 for bar in bars))
    app.press("g", "g")
    until(lambda: picker(app) == "grid")
    app.point(0.5, (25 + 750 * 0.26) / 800)  # in the first row of the picture, but in the second of the screen
    app.desktop.do("click", "1")
    until(lambda: app.status()["style"] == "s2")
    app.press("f")
    until(lambda: app.place()[2:] == windowed[2:])
    shows(app, *of(1))


def test_a_snapshot_is_the_picture_without_its_status(app: App) -> None:
    app.press("m", "s")
    until(lambda: list(app.folder.glob("nstcam-*-s1.png")) != [])
    (path,) = app.folder.glob("nstcam-*-s1.png")
    saved = np.asarray(cv2.imread(str(path)))
    assert saved.shape == (240, 320, 3)
    assert (np.abs(saved[:, :150].astype(int) - painted(LEFT, 0)) <= 2).all(), "not mirrored, nothing drawn on it"
    assert (np.abs(saved[:, 170:].astype(int) - painted(RIGHT, 0)) <= 2).all()
    path.unlink()


def test_a_recording(app: App) -> None:
    app.press("r")
    until(lambda: bool(app.status()["recording"]))
    before = app.status()["frames"]
    until(lambda: app.status()["frames"] > before + 5)
    app.press("r")
    until(lambda: not app.status()["recording"])
    until(lambda: list(app.folder.glob("nstcam-*.mp4")) != [])
    (path,) = app.folder.glob("nstcam-*.mp4")
    with av.open(str(path)) as recorded:
        frames = [frame.to_ndarray(format="bgr24") for frame in recorded.decode(video=0)]
    assert len(frames) >= 3
    assert np.abs(frames[-1][60, 60].astype(int) - painted(LEFT, 0)).max() <= 12
    path.unlink()


def test_settings_are_saved(app: App) -> None:
    app.press("k")
    until(lambda: app.status()["keep_colors"] is True)
    app.press("w")
    folder = Path(app.desktop.environment["XDG_CONFIG_HOME"])
    until(lambda: any("keep_colors = true" in path.read_text() for path in folder.rglob("*.toml")))
    assert "saved" in app.status()["message"]


def test_figures_and_help_come_and_go(app: App) -> None:
    below, above = np.s_[430:], np.s_[:400]

    def letters(part: slice) -> int:
        return int((app.picture()[part].min(2) > 230).sum())

    app.point(1.05, 1.05)  # the arrow of the mouse is white as well
    assert letters(below) > 100
    until(lambda: letters(above) == 0)
    app.press("h")
    until(lambda: letters(above) > 2000)
    app.press("h")
    until(lambda: letters(above) == 0)
    app.press("i")
    until(lambda: app.status()["clean"])
    until(lambda: letters(np.s_[:]) == 0)
    app.press("s")  # which says something
    until(lambda: "saved" in app.status()["message"])
    frames = app.status()["frames"]
    until(lambda: app.status()["frames"] > frames + 2)
    assert letters(np.s_[:]) == 0
    app.press("i")
    until(lambda: letters(np.s_[455:]) > 20)
    app.press("i")
    until(lambda: letters(np.s_[455:]) > 100)
    next(app.folder.glob("nstcam-*.png")).unlink()


@pytest.mark.skipif(shutil.which("setxkbmap") is None, reason="needs setxkbmap")
@pytest.mark.parametrize(
    "layout", ["ru", *(pytest.param(name, marks=pytest.mark.slow) for name in ("ua", "de", "fr")), "us"]
)
def test_keys_in_other_layouts(app: App, layout: str) -> None:
    """A Cyrillic letter stands for the Latin one on the same key. A Latin letter counts wherever its key is."""
    app.desktop.layout(layout)
    try:
        app.press("n")
        shows(app, *of(1))
        app.press("p")
        shows(app, *of(0))
        app.press("Down", "Down")
        until(lambda: app.status()["strength"] == 0.8)
        app.press("Up", "Up", "k")
        until(lambda: bool(app.status()["keep_colors"]))
        app.press("k", "t")
        until(lambda: app.status()["steady"] == 0.8)
        app.press("t", "3")
        shows(app, *of(2))
    finally:
        app.desktop.layout("us")


def test_every_key_of_the_table_was_typed() -> None:
    """A new key has to be added here, and to a test above."""
    typed = "123456789n p0[]bcgkadt-=mfsrvihqwle" + "\x1b\u2190\u2192\u2191\u2193"
    assert {hotkey.label for hotkey in HOTKEYS if not set(hotkey.keys) & set(typed)} == set()
    assert set("123456789np[]bcgkadt-=mfsrvihqwle") <= set(KEYCODES)
