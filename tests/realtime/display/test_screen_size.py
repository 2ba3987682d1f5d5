"""Tests what is taken for the size of the screen."""

from __future__ import annotations

import ctypes
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from nstcam.realtime.display import screen_size
from nstcam.realtime.display.screen_size import screen_wh


@pytest.mark.parametrize(("told", "known"), [((1920, 1080), True), ((0, 1080), False), ((1920, 0), False)])
def test_a_size_of_nothing_is_unknown(monkeypatch: pytest.MonkeyPatch, told: tuple[int, int], known: bool) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(screen_size, "_x11", lambda: told)
    assert screen_wh() == (told if known else None)


def test_where_the_system_cannot_be_asked_the_size_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_xlib() -> tuple[int, int]:
        raise OSError("libX11.so.6: cannot open shared object file")

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(screen_size, "_x11", without_xlib)
    assert screen_wh() is None


class Library:
    """A library of functions in C; those that are not given are missing."""

    def __init__(self, **functions: Any) -> None:
        for name, function in functions.items():
            setattr(self, name, SimpleFunction(function))


class SimpleFunction:
    restype: Any = None
    argtypes: Any = None

    def __init__(self, function: Any) -> None:
        self._function = function

    def __call__(self, *values: Any) -> Any:
        return self._function(*values)


def test_windows_and_macos(monkeypatch: pytest.MonkeyPatch) -> None:
    def work_area(action: int, _: int, sides: Any, flags: int) -> None:
        assert (action, flags) == (0x30, 0)
        sides[:] = [40, 10, 1920, 1040]

    graphics = {
        "CGDisplayPixelsWide": lambda _: 1440,
        "CGDisplayPixelsHigh": lambda _: 900,
        "CGMainDisplayID": lambda: 7,
    }
    for platform, library, size in (
        ("win32", Library(SystemParametersInfoW=work_area), (1880, 1030)), ("darwin", Library(**graphics), (1440, 900)),
    ):  # fmt: skip
        monkeypatch.setattr(sys, "platform", platform)
        monkeypatch.setattr(ctypes, "CDLL", lambda _, library=library: library)
        assert screen_wh() == size


@pytest.mark.parametrize(
    ("monitors", "size"),
    [
        ([(0, 1280, 720), (1, 1920, 1080)], (1920, 1080)), ([(0, 1280, 720), (0, 1920, 1080)], (1280, 720)),
        ([], (3200, 1200)), (None, (3200, 1200)),
    ],
)  # fmt: skip
def test_the_primary_monitor_of_x11_else_the_first_else_all(
    monkeypatch: pytest.MonkeyPatch, monitors: list[tuple[int, int, int]] | None, size: tuple[int, int]
) -> None:
    closed: list[Any] = []
    xlib = Library(
        XOpenDisplay=lambda _: 9, XDisplayWidth=lambda *_: 3200, XDisplayHeight=lambda *_: 1200,
        XCloseDisplay=closed.append, XDefaultRootWindow=lambda _: 5,
    )  # fmt: skip

    def ask(_display: object, _root: object, active: int, count: Any) -> Any:
        assert active == 1
        found = [SimpleNamespace(primary=p, width=w, height=h) for p, w, h in monitors or ()]
        count._obj.value = len(found)
        return found

    libraries = {"libX11.so.6": xlib, "libXrandr.so.2": Library() if monitors is None else Library(XRRGetMonitors=ask)}
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", libraries.__getitem__)
    assert screen_wh() == size
    assert len(closed) == 1
