"""Tests how the live window begins and ends, also when others close or destroy it."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.tools.desktop import App, Desktop, missing_programs
from benchmarks.tools.waiting import until

pytestmark = [
    pytest.mark.display,
    pytest.mark.skipif(sys.platform != "linux" or bool(missing_programs()), reason="needs Xvfb, openbox and xdotool"),
]


def test_a_start_in_full_screen_comes_back_to_a_window_of_the_pictures_size(
    arguments: list[str], tmp_path: Path
) -> None:
    with closing(Desktop(tmp_path)) as desktop, closing(App(desktop, tmp_path, ["--fullscreen", *arguments])) as app:
        until(lambda: app.place()[2:] == (1000, 800) and app.status()["frames"] > 3)
        app.press("f")
        until(lambda: app.place()[2:] == (640, 480))


@pytest.mark.parametrize("cap", ["q", "Escape", "alt+F4"])
def test_the_end(arguments: list[str], tmp_path: Path, cap: str) -> None:
    """alt+F4 is how the window manager closes a window, as its button does."""
    with closing(Desktop(tmp_path)) as desktop, closing(App(desktop, tmp_path, arguments)) as app:
        until(lambda: app.status()["frames"] > 3)
        app.press(cap)
        assert app.process.wait(60) == 0, app.close()
        assert " frames, " in app.close()


@pytest.mark.parametrize("way", ["windowclose", "windowkill"])
def test_the_end_when_others_destroy_the_window(arguments: list[str], tmp_path: Path, way: str) -> None:
    """windowclose destroys it; windowkill cuts off the program's connection, at which Qt ends the program, unless
    nstcam notices first that the window is gone."""
    with closing(Desktop(tmp_path)) as desktop, closing(App(desktop, tmp_path, arguments)) as app:
        until(lambda: app.status()["frames"] > 3)
        desktop.do(way, app.window)
        assert app.process.wait(60) in ((0,) if way == "windowclose" else (0, 1))
