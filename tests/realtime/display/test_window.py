import cv2
import pytest

from nstcam.realtime.display.window import Window, check_display, window_wh
from nstcam.realtime.errors import SinkError
from tests.support.fakes.live import frame_of


@pytest.fixture(autouse=True)
def _no_qt(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_title: str) -> None:
        raise OSError("no Qt")

    monkeypatch.setattr("nstcam.realtime.display.window.QtWindow", missing)


@pytest.mark.skipif(not cv2.currentUIFramework(), reason="this OpenCV has no windows")
def test_no_display_is_found_out_before_opencv_ends_the_process() -> None:
    with pytest.raises(SinkError, match=r"no display.*--no-window"):
        check_display("linux", {})
    with pytest.raises(SinkError, match=r"DISPLAY is :4711 and nothing answers there.*--no-window"):
        check_display("linux", {"DISPLAY": ":4711"})
    check_display("darwin", {})
    check_display("win32", {})


def test_only_a_window_that_was_visible_can_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """GTK says -1 all the time; others say 1, and 0 once the user closed the window."""
    visible = [-1.0, -1.0, 1.0, 1.0, 0.0]
    monkeypatch.setattr("nstcam.realtime.display.window.check_display", lambda *_: None)
    monkeypatch.setattr("nstcam.realtime.display.window.screen_wh", lambda: None)
    for name, result in (("namedWindow", None), ("setMouseCallback", None), ("waitKeyEx", -1)):
        monkeypatch.setattr(cv2, name, lambda *_, result=result: result)
    monkeypatch.setattr(cv2, "getWindowProperty", lambda *_: visible.pop(0))
    window = Window()
    states = []
    for _ in range(5):
        window.poll()
        states.append(window.closed)
    assert states == [False, False, False, False, True]


def test_a_window_is_removed_from_the_screen_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nstcam.realtime.display.window.check_display", lambda *_: None)
    monkeypatch.setattr("nstcam.realtime.display.window.screen_wh", lambda: None)
    for name in ("namedWindow", "setMouseCallback", "waitKeyEx"):
        monkeypatch.setattr(cv2, name, lambda *_: None)
    removed: list[str] = []
    monkeypatch.setattr(cv2, "destroyWindow", removed.append)
    window = Window()
    window.close()
    window.close()
    assert len(removed) == 1, "OpenCV raises an error for a window that is not there"
    assert window.closed


@pytest.mark.parametrize("gone", [True, False])
def test_a_window_that_is_closed_while_it_is_drawn_is_no_error(monkeypatch: pytest.MonkeyPatch, gone: bool) -> None:
    monkeypatch.setattr("nstcam.realtime.display.window.check_display", lambda *_: None)
    monkeypatch.setattr("nstcam.realtime.display.window.screen_wh", lambda: None)

    def missing(*_: object) -> None:
        raise cv2.error("NULL window")

    for name in ("namedWindow", "setMouseCallback", "resizeWindow", "waitKeyEx"):
        monkeypatch.setattr(cv2, name, lambda *_: None)
    monkeypatch.setattr(cv2, "getWindowProperty", lambda _, which: which == cv2.WND_PROP_VISIBLE and not gone)
    for name in ("getWindowImageRect", "imshow", "destroyWindow"):
        monkeypatch.setattr(cv2, name, missing)
    window = Window()
    if gone:
        window.show(frame_of(0))
        assert window.closed
    else:
        with pytest.raises(cv2.error, match="NULL window"):
            window.show(frame_of(0))
    window.close()


def test_the_window_follows_the_shape_of_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nstcam.realtime.display.window.check_display", lambda *_: None)
    monkeypatch.setattr("nstcam.realtime.display.window.screen_wh", lambda: None)
    for name in ("namedWindow", "setMouseCallback", "imshow"):
        monkeypatch.setattr(cv2, name, lambda *_: None)
    full = [cv2.WINDOW_NORMAL]
    monkeypatch.setattr(cv2, "getWindowProperty", lambda *_: full[0])
    sizes: list[tuple[int, int]] = []
    monkeypatch.setattr(cv2, "getWindowImageRect", lambda _: (0, 0, 64, 48))
    monkeypatch.setattr(cv2, "resizeWindow", lambda _, width, height: sizes.append((width, height)))
    window = Window()
    for height, width in ((48, 64), (48, 64), (96, 128), (90, 160)):
        window.show(frame_of(1, height, width))
    assert sizes == [(64, 48), (160, 90)], "what a person made of the window stays while the shape does"
    full[0] = cv2.WINDOW_FULLSCREEN
    window.show(frame_of(1, 50, 60))
    assert len(sizes) == 2
    full[0] = cv2.WINDOW_NORMAL
    window.show(frame_of(1, 50, 60))
    assert sizes[2:] == [(60, 50)]


@pytest.mark.parametrize(
    ("picture", "screen", "window"),
    [
        ((640, 480), (1366, 768), (640, 480)),
        ((640, 480), (1920, 1080), (640, 480)),
        ((640, 480), (3840, 2160), (1920, 1440)),
        ((320, 270), (1920, 1080), (640, 540)),
        ((1280, 720), (1366, 768), (1160, 652)),
        ((1920, 1080), (1366, 768), (1160, 652)),
        ((1920, 1080), (3840, 2160), (1920, 1080)),
        ((1920, 231), (1366, 768), (1297, 156)),
        ((480, 854), (1366, 768), (366, 652)),
        ((3840, 2160), None, (3840, 2160)),
    ],
)
def test_the_window_fits_the_screen_and_can_be_read_on_a_large_one(
    picture: tuple[int, int], screen: tuple[int, int] | None, window: tuple[int, int]
) -> None:
    assert window_wh(picture, screen) == window
