"""The size of the screen, asked of the system because OpenCV does not report it."""

from __future__ import annotations

import ctypes
import ctypes.util
import sys
from contextlib import suppress
from typing import Any, Final

_SPI_GETWORKAREA: Final = 0x30


def screen_wh() -> tuple[int, int] | None:
    """(width, height) of the main screen, in the units in which windows are sized; None if it is unknown."""
    ask = {"win32": _windows, "darwin": _macos}.get(sys.platform, _x11)
    with suppress(OSError, AttributeError, ValueError):  # a library or a function of it is missing
        width, height = ask()
        if width > 0 and height > 0:
            return width, height
    return None


def _windows() -> tuple[int, int]:
    """The main screen without its task bar."""
    sides = (ctypes.c_long * 4)()
    ctypes.CDLL("user32").SystemParametersInfoW(_SPI_GETWORKAREA, 0, sides, 0)
    return sides[2] - sides[0], sides[3] - sides[1]


def _macos() -> tuple[int, int]:
    graphics = ctypes.CDLL("/System/Library/Frameworks/CoreGraphics.framework/CoreGraphics")
    graphics.CGDisplayPixelsWide.restype = graphics.CGDisplayPixelsHigh.restype = ctypes.c_size_t
    main = ctypes.c_uint32(graphics.CGMainDisplayID())
    return graphics.CGDisplayPixelsWide(main), graphics.CGDisplayPixelsHigh(main)


class _Monitor(ctypes.Structure):
    """XRRMonitorInfo of libXrandr."""

    _fields_ = (
        ("name", ctypes.c_ulong), ("primary", ctypes.c_int), ("automatic", ctypes.c_int), ("outputs", ctypes.c_int),
        ("x", ctypes.c_int), ("y", ctypes.c_int), ("width", ctypes.c_int), ("height", ctypes.c_int),
        ("mm_width", ctypes.c_int), ("mm_height", ctypes.c_int), ("output", ctypes.c_void_p),
    )  # fmt: skip


def _x11() -> tuple[int, int]:
    """The primary monitor, or the first; all monitors together if Xlib's extension for monitors is missing."""
    xlib = ctypes.CDLL("libX11.so.6")
    xlib.XOpenDisplay.restype, xlib.XOpenDisplay.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
    display = xlib.XOpenDisplay(None)
    if not display:
        return 0, 0
    pointer = ctypes.c_void_p(display)
    try:
        monitors = _monitors(xlib, pointer)
        if monitors:
            return next((size for primary, size in monitors if primary), monitors[0][1])
        return xlib.XDisplayWidth(pointer, 0), xlib.XDisplayHeight(pointer, 0)
    finally:
        xlib.XCloseDisplay(pointer)


def _monitors(xlib: Any, display: ctypes.c_void_p) -> list[tuple[bool, tuple[int, int]]]:
    """Whether each monitor is the primary one, and its (width, height)."""
    try:
        ask = ctypes.CDLL("libXrandr.so.2").XRRGetMonitors
    except (OSError, AttributeError):
        return []
    xlib.XDefaultRootWindow.restype = ctypes.c_ulong
    root, count = ctypes.c_ulong(xlib.XDefaultRootWindow(display)), ctypes.c_int()
    ask.restype = ctypes.POINTER(_Monitor)
    found = ask(display, root, 1, ctypes.byref(count))
    return [(bool(found[i].primary), (found[i].width, found[i].height)) for i in range(count.value)] if found else []
