"""Tests the window's bars beside a picture of another shape, and the mouse over them."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import pytest

from nstcam.realtime.display.window import Pointer, Window
from nstcam.realtime.frame import Frame
from tests.support.fakes.live import frame_of


def no_qt(_title: str) -> None:
    raise OSError("no Qt")


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Frame]:
    """What a window of Qt would show, in a place of 200x100."""
    pictures: list[Frame] = []
    monkeypatch.setattr("nstcam.realtime.display.window.check_display", lambda *_: None)
    monkeypatch.setattr("nstcam.realtime.display.window.screen_wh", lambda: None)
    monkeypatch.setattr("nstcam.realtime.display.window.QtWindow", no_qt)
    monkeypatch.setattr(cv2, "currentUIFramework", lambda: "QT5")
    for name in ("namedWindow", "resizeWindow"):
        monkeypatch.setattr(cv2, name, lambda *_: None)
    monkeypatch.setattr(cv2, "getWindowProperty", lambda *_: cv2.WINDOW_NORMAL)
    monkeypatch.setattr(cv2, "getWindowImageRect", lambda _: (0, 0, 200, 100))
    monkeypatch.setattr(cv2, "imshow", lambda _, frame: pictures.append(frame))
    return pictures


@pytest.mark.parametrize(
    ("height", "width", "bars"), [(50, 100, (0, 0)), (100, 100, (0, 50)), (30, 100, (10, 0)), (200, 400, (0, 0))]
)
def test_black_fills_what_a_picture_of_another_shape_leaves(
    monkeypatch: pytest.MonkeyPatch, shown: list[Frame], height: int, width: int, bars: tuple[int, int]
) -> None:
    callbacks: list[Callable[..., None]] = []
    monkeypatch.setattr(cv2, "setMouseCallback", lambda _, callback: callbacks.append(callback))
    window, (top, left) = Window(), bars
    window.show(frame_of(90, height, width))
    (picture,) = shown
    assert picture.shape == (height + 2 * top, width + 2 * left, 3)
    assert (picture[top : top + height, left : left + width] == 90).all()
    assert int(picture.sum()) == 90 * 3 * height * width, "the rest is black"
    (mouse,) = callbacks
    mouse(cv2.EVENT_LBUTTONDOWN, left + width // 4, top + height // 2, 0, None)
    assert window.pointer == Pointer(0.25, 0.5)
    assert window.take_click() == Pointer(0.25, 0.5)
    assert window.take_click() is None
    mouse(cv2.EVENT_LBUTTONDOWN, left + width, top, 0, None)
    assert window.take_click() is None, "beside the picture"
    mouse(cv2.EVENT_MOUSEMOVE, left, top, 0, None)
    assert (window.pointer, window.take_click()) == (Pointer(0, 0), None)


def test_a_window_without_a_size_has_no_bars(monkeypatch: pytest.MonkeyPatch, shown: list[Frame]) -> None:
    monkeypatch.setattr(cv2, "setMouseCallback", lambda *_: None)
    monkeypatch.setattr(cv2, "getWindowImageRect", lambda _: (0, 0, 0, 0))
    Window().show(frame_of(90))
    assert shown[0].shape == (48, 64, 3)
    monkeypatch.setattr(cv2, "getWindowImageRect", lambda _: (0, 0, 1, 1))
    Window().show(frame_of(90))
    assert shown[1].shape == (64, 64, 3)


def test_the_wheel_is_counted_in_notches_also_of_wheels_without_any(
    monkeypatch: pytest.MonkeyPatch, shown: list[Frame]
) -> None:
    callbacks: list[Callable[..., None]] = []
    monkeypatch.setattr(cv2, "setMouseCallback", lambda _, callback: callbacks.append(callback))
    window, turned = Window(), []
    for delta in (-120, -240, 120, -50, -50, -50, 30):
        callbacks[0](cv2.EVENT_MOUSEWHEEL, 0, 0, delta << 16, None)
        turned.append(window.take_wheel())
    assert turned == [1, 2, -1, 0, 0, 1, 0]
    assert window.pointer == Pointer(), "where the mouse is said to be then is not true everywhere"
