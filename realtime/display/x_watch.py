"""Notices when another program destroys an X11 window, which neither Qt nor OpenCV reports."""

from __future__ import annotations

import ctypes
from typing import Final

_STRUCTURE_NOTIFY: Final = 1 << 17
_DESTROY_NOTIFY: Final = 17
_EVENT_LONGS: Final = 24
"""Size of Xlib's XEvent."""


class XWatch:
    """Watches a window over a connection of its own."""

    def __init__(self, window: int) -> None:
        """Raises OSError if there is no Xlib, or no X server at DISPLAY."""
        self._xlib = ctypes.CDLL("libX11.so.6")
        self._xlib.XOpenDisplay.restype, self._xlib.XOpenDisplay.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
        display = self._xlib.XOpenDisplay(None)
        if not display:
            raise OSError("no X server answers")
        self._display: ctypes.c_void_p | None = ctypes.c_void_p(display)
        self._event = (ctypes.c_long * _EVENT_LONGS)()
        self._xlib.XSelectInput(self._display, ctypes.c_ulong(window), ctypes.c_long(_STRUCTURE_NOTIFY))
        self._xlib.XSync(self._display, 0)

    def destroyed(self) -> bool:
        """Whether the window was destroyed since the last call."""
        found = False
        while self._display and self._xlib.XPending(self._display):
            self._xlib.XNextEvent(self._display, self._event)
            found = found or ctypes.c_int.from_buffer(self._event).value == _DESTROY_NOTIFY
        return found

    def close(self) -> None:
        if self._display:
            self._xlib.XCloseDisplay(self._display)
            self._display = None
