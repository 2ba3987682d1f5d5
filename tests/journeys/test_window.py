"""Tests every key of the live window by typing it; the result is read from pixels and from `status`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from benchmarks.tools.desktop import KEYCODES, App, missing_programs
from benchmarks.tools.waiting import until
from nstcam.realtime.live.hotkeys import HOTKEYS
from tests.support.models.colour_styles import (
    LEFT,
    RIGHT,
    STYLES,
    of,
    painted,
    shows,
    sides,
)

pytestmark = [
    pytest.mark.display,
    pytest.mark.skipif(sys.platform != "linux" or bool(missing_programs()), reason="needs Xvfb, openbox and xdotool"),
]


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


def picker(app: App) -> str:
    shown: str = app.status()["picker"]
    return shown


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
    """A new key has to be added here, and to a test above or of the mouse."""
    typed = "123456789n p0[]bcgkadt-=mfsrvihqwle" + "\x1b\u2190\u2192\u2191\u2193"
    assert {hotkey.label for hotkey in HOTKEYS if not set(hotkey.keys) & set(typed)} == set()
    assert set("123456789np[]bcgkadt-=mfsrvihqwle") <= set(KEYCODES)
