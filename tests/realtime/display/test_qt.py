"""Tests the functions of Qt as far as that needs no screen."""

import cv2
import pytest

from nstcam.realtime.display.qt import QtWindow


def test_a_window_that_was_closed_has_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_: str) -> None:
        raise cv2.error("there is no window of that name")

    monkeypatch.setattr(cv2, "getWindowImageRect", closed)
    try:
        window = QtWindow("nstcam")
    except OSError:
        pytest.skip("this OpenCV does not come with Qt 5")
    assert window.number() is None
    window.unzoom()
