"""Where live frames go: a window, and snapshots on disk."""

from __future__ import annotations

import os
import re
import struct
import sys
import time
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import cv2

from nstcam.realtime.display.xserver import answers
from nstcam.realtime.errors import SinkError
from nstcam.realtime.frame import Frame

WITHOUT_WINDOW: Final = "use --no-window, or `nstcam video` for files"


class Pointer(NamedTuple):
    """Where the mouse is, as shares of the picture's width and height; beyond 0..1 beside it."""

    x: float = 0.5
    y: float = 0.5


class Preview(Protocol):
    """A window, as the live loop sees it; all calls on the main thread."""

    def show(self, frame: Frame) -> None: ...

    @property
    def pointer(self) -> Pointer: ...

    def take_click(self) -> Pointer | None:
        """Where the left button went down since the last call."""

    def toggle_fullscreen(self) -> None: ...

    def poll(self) -> int:
        """Lets the window draw; gives the key code of cv2.waitKeyEx, -1 for none."""

    @property
    def closed(self) -> bool:
        """The user closed it."""

    def close(self) -> None: ...


class Window:
    """A resizable window of OpenCV. Use it on the main thread only: macOS knows no other."""

    def __init__(self, title: str = "nstcam") -> None:
        """Raises SinkError where no window can be opened."""
        check_display(sys.platform, os.environ)
        self._title = title
        # Qt fills what a picture of another shape leaves with the light grey of its theme.
        self._own_bars = cv2.currentUIFramework().startswith("QT")
        self._shape = 0.0
        self._seen = False
        self._box = (0, 0, 1, 1)
        self._click: Pointer | None = None
        self.pointer = Pointer()
        self.closed = False
        try:
            ratio = cv2.WINDOW_FREERATIO if self._own_bars else cv2.WINDOW_KEEPRATIO
            cv2.namedWindow(title, cv2.WINDOW_NORMAL | ratio | cv2.WINDOW_GUI_NORMAL)
            cv2.setMouseCallback(title, self._mouse)
        except cv2.error as error:
            raise SinkError(f"no window could be opened ({error.err or error}); {WITHOUT_WINDOW}") from error

    def show(self, frame: Frame) -> None:
        height, width = frame.shape[:2]
        if width / height != self._shape and self._fit(width, height):  # else bars would stay beside it
            self._shape = width / height
        left, top = self._bars(width, height) if self._own_bars else (0, 0)
        self._box = left, top, width, height
        cv2.imshow(self._title, cv2.copyMakeBorder(frame, top, top, left, left, cv2.BORDER_CONSTANT))

    def poll(self) -> int:
        key = cv2.waitKeyEx(1)
        self._watch()
        return key

    def close(self) -> None:
        if not self.closed:
            cv2.destroyWindow(self._title)
            cv2.waitKeyEx(1)  # Qt and GTK take it off the screen with the next events only
            self.closed = True

    def take_click(self) -> Pointer | None:
        click, self._click = self._click, None
        return click

    def toggle_fullscreen(self) -> None:
        full = cv2.getWindowProperty(self._title, cv2.WND_PROP_FULLSCREEN) == cv2.WINDOW_FULLSCREEN
        target = cv2.WINDOW_NORMAL if full else cv2.WINDOW_FULLSCREEN
        cv2.setWindowProperty(self._title, cv2.WND_PROP_FULLSCREEN, target)

    def _fit(self, width: int, height: int) -> bool:
        """Makes the window as large as the picture; False under full screen, where that has to wait."""
        if cv2.getWindowProperty(self._title, cv2.WND_PROP_FULLSCREEN) == cv2.WINDOW_FULLSCREEN:
            return False
        cv2.resizeWindow(self._title, width, height)
        return True

    def _bars(self, width: int, height: int) -> tuple[int, int]:
        """Pixels of black at the left and right, and above and below, that give a picture the window's shape."""
        _, _, inside_width, inside_height = cv2.getWindowImageRect(self._title)
        if min(inside_width, inside_height) < 1:
            return 0, 0
        wide, high = height * inside_width / inside_height, width * inside_height / inside_width
        return max(round((wide - width) / 2), 0), max(round((high - height) / 2), 0)

    def _mouse(self, event: int, x: int, y: int, _flags: int, _data: object) -> None:
        """OpenCV calls it with pixels of what was shown, on the main thread."""
        left, top, width, height = self._box
        self.pointer = Pointer((x - left) / width, (y - top) / height)
        if event == cv2.EVENT_LBUTTONDOWN and all(0 <= share < 1 for share in self.pointer):
            self._click = self.pointer

    def _watch(self) -> None:
        """Only the step from visible to not visible means closed: GTK says -1 all the time (opencv #25346)."""
        try:
            visible = cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1
        except cv2.error:
            visible = False
        if self._seen and not visible:
            self.closed = True
        self._seen = visible


def check_display(platform: str, environment: Mapping[str, str]) -> None:
    """Looks for a display before OpenCV does: Qt ends the process when it finds none.

    Args:
        platform: sys.platform.
        environment: os.environ.

    Raises:
        SinkError: no display, or an OpenCV that has no windows.
    """
    framework = cv2.currentUIFramework()
    if not framework:
        raise SinkError(
            "this OpenCV has no windows; pip uninstall opencv-python-headless, pip install --force-reinstall "
            f"opencv-python; or {WITHOUT_WINDOW}"
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


def with_text(png: bytes, texts: Mapping[str, str]) -> bytes:
    """The PNG with iTXt chunks, which keep any letter, before its picture data."""
    chunks = b""
    for keyword, text in texts.items():
        body = b"iTXt" + keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode()
        chunks += struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    head = 8 + 25  # the signature and IHDR
    return png[:head] + chunks + png[head:]


def save_snapshot(frame: Frame, style_name: str, folder: Path, title: str = "") -> Path:
    """Writes a PNG named after the time and the style; never over another file, and whole or not at all.

    `title` goes into its metadata.

    Raises:
        SinkError: the folder cannot be written to.
    """
    words = re.sub(r"[^\w.-]+", "-", style_name).strip("-.") or "style"
    stem = f"nstcam-{time.strftime('%Y%m%d-%H%M%S')}-{words}"
    data = cv2.imencode(".png", frame)[1].tobytes()
    data = with_text(data, {"Software": "nstcam", "Title": title or style_name})
    try:
        path = _reserve(folder, stem)
        part = path.with_name(f".{path.name}.part")
        try:
            part.write_bytes(data)
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SinkError(
            f"no snapshot saved in {folder.absolute()}: {error.strerror}; start nstcam elsewhere"
        ) from error
    return path


def _reserve(folder: Path, stem: str) -> Path:
    """Creates an empty file of a new name."""
    number = 1
    while True:
        path = folder / (f"{stem}.png" if number == 1 else f"{stem}-{number}.png")
        try:
            path.touch(exist_ok=False)
            return path
        except FileExistsError:
            number += 1
