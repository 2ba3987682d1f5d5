"""The window of the live picture."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import cv2

from nstcam.realtime.display.qt import QtWindow
from nstcam.realtime.display.screen_size import screen_wh
from nstcam.realtime.display.x_watch import XWatch
from nstcam.realtime.display.xserver import answers
from nstcam.realtime.errors import SinkError
from nstcam.realtime.frame import Frame

_NOTCH: Final = 120
"""What one notch of a wheel adds, by convention of Windows; wheels without notches send less at a time."""
_MOST_OF_WIDTH: Final = 0.95
_MOST_OF_HEIGHT: Final = 0.85
"""Shares of the screen that a picture may take in a window."""
WITHOUT_WINDOW: Final = "use --no-window, or `nstcam video` for files"


class Pointer(NamedTuple):
    """Position of the mouse as fractions of the picture's width and height; outside 0..1 it is beside the picture."""

    x: float = 0.5
    y: float = 0.5


class Preview(Protocol):
    """A window as the live loop sees it. All calls come from the main thread."""

    def show(self, frame: Frame) -> None: ...

    @property
    def pointer(self) -> Pointer: ...

    def take_click(self) -> Pointer | None:
        """Where the left button was pressed since the last call; None if it was not."""

    def take_wheel(self) -> int:
        """How many notches the wheel was turned since the last call, down if positive."""

    def toggle_fullscreen(self) -> None: ...

    def poll(self) -> int:
        """Lets the window draw; returns the key code of cv2.waitKeyEx, -1 for no key."""

    @property
    def closed(self) -> bool:
        """Whether the user has closed the window."""

    def close(self) -> None: ...


class Window:
    """A resizable OpenCV window. Use it on the main thread: macOS allows no other."""

    def __init__(self, title: str = "nstcam") -> None:
        """Raises SinkError if no window can be opened."""
        check_display(sys.platform, os.environ)
        self._title = title
        # Qt would fill the space beside a picture of another shape with the light grey of its theme.
        self._own_bars = cv2.currentUIFramework().startswith("QT")
        self._screen_wh = screen_wh()
        self._shape = 0.0
        self._seen = False
        self._box = (0, 0, 1, 1)
        self._click: Pointer | None = None
        self._wheel = 0
        self.pointer = Pointer()
        self.closed = False
        self._qt: QtWindow | None = None
        if self._own_bars:
            with suppress(OSError):
                self._qt = QtWindow(title)
        self._watcher: XWatch | None = None
        try:
            ratio = cv2.WINDOW_FREERATIO if self._own_bars else cv2.WINDOW_KEEPRATIO
            cv2.namedWindow(title, cv2.WINDOW_NORMAL | ratio | cv2.WINDOW_GUI_NORMAL)
            cv2.setMouseCallback(title, self._mouse)
        except cv2.error as error:
            raise SinkError(f"no window could be opened ({error.err or error}); {WITHOUT_WINDOW}") from error

    def show(self, frame: Frame) -> None:
        try:
            self._draw(frame)
        except cv2.error:  # the user may close the window between two looks at it
            if self._is_visible():
                raise
            self.closed = True

    def _draw(self, frame: Frame) -> None:
        height, width = frame.shape[:2]
        if width / height != self._shape and self._fit(width, height):  # otherwise bars would stay beside the picture
            self._shape = width / height
        left, top = self._bars(width, height) if self._own_bars else (0, 0)
        self._box = left, top, width, height
        cv2.imshow(self._title, cv2.copyMakeBorder(frame, top, top, left, left, cv2.BORDER_CONSTANT))

    def poll(self) -> int:
        key = cv2.waitKeyEx(1)
        self._watch()
        return key

    def close(self) -> None:
        if self._watcher is not None:
            self._watcher.close()
        if not self.closed:
            with suppress(cv2.error):  # closed since the last look
                cv2.destroyWindow(self._title)
            cv2.waitKeyEx(1)  # Qt and GTK remove it from the screen only with the next events
            self.closed = True

    def take_click(self) -> Pointer | None:
        click, self._click = self._click, None
        return click

    def take_wheel(self) -> int:
        notches = int(self._wheel / _NOTCH)
        self._wheel -= notches * _NOTCH
        return notches

    def toggle_fullscreen(self) -> None:
        full = cv2.getWindowProperty(self._title, cv2.WND_PROP_FULLSCREEN) == cv2.WINDOW_FULLSCREEN
        target = cv2.WINDOW_NORMAL if full else cv2.WINDOW_FULLSCREEN
        cv2.setWindowProperty(self._title, cv2.WND_PROP_FULLSCREEN, target)

    def _fit(self, width: int, height: int) -> bool:
        """Gives the window a size for the picture. False in full screen, where that has to wait."""
        if cv2.getWindowProperty(self._title, cv2.WND_PROP_FULLSCREEN) == cv2.WINDOW_FULLSCREEN:
            return False
        cv2.resizeWindow(self._title, *window_wh((width, height), self._screen_wh))
        return True

    def _bars(self, width: int, height: int) -> tuple[int, int]:
        """Widths of the black bars (left and right, above and below) that give the picture the window's shape."""
        _, _, inside_width, inside_height = cv2.getWindowImageRect(self._title)
        if min(inside_width, inside_height) < 1:
            return 0, 0
        wide, high = height * inside_width / inside_height, width * inside_height / inside_width
        return max(round((wide - width) / 2), 0), max(round((high - height) / 2), 0)

    def _mouse(self, event: int, x: int, y: int, flags: int, _data: object) -> None:
        """Called by OpenCV on the main thread, with a position in pixels of what was shown."""
        if event == cv2.EVENT_MOUSEWHEEL:
            self._wheel -= flags >> 16  # signed; positive away from the user
            if self._qt is not None:
                self._qt.unzoom()
            return  # its position is wrong on some systems
        left, top, width, height = self._box
        self.pointer = Pointer((x - left) / width, (y - top) / height)
        if event == cv2.EVENT_LBUTTONDOWN and all(0 <= share < 1 for share in self.pointer):
            self._click = self.pointer

    def _watch(self) -> None:
        """Notices that the user closed the window: only a change from visible to not visible means that, because GTK
        reports -1 all the time (opencv #25346)."""
        visible = self._is_visible()
        if self._seen and not visible:
            self.closed = True
        if visible and self._watcher is None and self._qt is not None:
            self._watch_x(self._qt)
        if self._watcher is not None and self._watcher.destroyed():
            self.closed = True
        self._seen = visible

    def _is_visible(self) -> bool:
        try:
            return cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1
        except cv2.error:
            return False

    def _watch_x(self, qt: QtWindow) -> None:
        """Qt does not notice it if another program destroys its window."""
        try:
            number = qt.number()
            if number is not None:
                self._watcher = XWatch(number)
        except OSError:
            self._qt = None


def window_wh(picture_wh: tuple[int, int], screen_wh: tuple[int, int] | None) -> tuple[int, int]:
    """The (width, height) inside a window for a picture: its own size; a whole multiple of it on screens so large that
    it would take less than half of their height; smaller if the screen has no room for it, a title bar and panels.

    Args:
        screen_wh: None if it is not known.
    """
    width, height = picture_wh
    if screen_wh is None:
        return picture_wh
    fits = min(_MOST_OF_WIDTH * screen_wh[0] / width, _MOST_OF_HEIGHT * screen_wh[1] / height)
    if fits < 1:
        return max(int(width * fits), 1), max(int(height * fits), 1)
    wanted = -(-screen_wh[1] // (2 * height))
    factor = max(min(wanted, int(fits)), 1)
    return factor * width, factor * height


def check_display(platform: str, environment: Mapping[str, str]) -> None:
    """Looks for a display before OpenCV does, because Qt ends the process if it finds none.

    Args:
        platform: sys.platform.
        environment: os.environ.

    Raises:
        SinkError: there is no display, or this OpenCV has no windows.
    """
    framework = cv2.currentUIFramework()
    if not framework:
        raise SinkError(
            "this OpenCV cannot open windows; run `pip uninstall opencv-python-headless` and "
            f"`pip install --force-reinstall opencv-python`, or {WITHOUT_WINDOW}"
        )
    if platform != "linux":
        return
    shown_at = environment.get("DISPLAY")
    if shown_at:
        if not answers(shown_at):
            raise SinkError(f"no display: DISPLAY is {shown_at} and nothing answers there; {WITHOUT_WINDOW}")
        return
    if not environment.get("WAYLAND_DISPLAY"):
        raise SinkError(f"no display: neither DISPLAY nor WAYLAND_DISPLAY is set; {WITHOUT_WINDOW}")
    plugins = Path(environment.get("QT_QPA_PLATFORM_PLUGIN_PATH", "/")) / "platforms"
    if framework.startswith("QT") and plugins.is_dir() and not list(plugins.glob("libqwayland*")):
        raise SinkError(
            f"no display: this OpenCV needs X11 and DISPLAY is not set; start XWayland, or {WITHOUT_WINDOW}"
        )
