"""Tests what is taken for the size of the screen."""

from __future__ import annotations

import sys

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
