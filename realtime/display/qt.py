"""What OpenCV does not offer of its Qt windows: undoing their zoom, and the number the window system gave them.

The wheel enlarges the picture in such a window whenever it is turned forward, but its view has a slot `resetZoom`. It
is called through Qt itself, which OpenCV has loaded: QMetaObject::invokeMethod with a queued connection, so that it
runs after the zoom and before the picture is drawn.
"""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any, Final

import cv2

_QUEUED: Final = 2
"""Qt::QueuedConnection."""
_POINTER: Final = ctypes.sizeof(ctypes.c_void_p)
_WIDGETS: Final = {
    "widget_at": ("_ZN12QApplication8widgetAtERK6QPoint", "_ZN14QtOpenCVPython12QApplication8widgetAtERKNS_6QPointE"),
    "window": ("_ZNK7QWidget6windowEv", "_ZNK14QtOpenCVPython7QWidget6windowEv"),
    "win_id": ("_ZNK7QWidget5winIdEv", "_ZNK14QtOpenCVPython7QWidget5winIdEv"),
}
_INVOKE: Final = (
    "_ZN11QMetaObject12invokeMethodEP7QObjectPKcN2Qt14ConnectionTypeE22QGenericReturnArgument16QGenericArgument"
    "S7_S7_S7_S7_S7_S7_S7_S7_S7_",
    "_ZN14QtOpenCVPython11QMetaObject12invokeMethodEPNS_7QObjectEPKcNS_2Qt14ConnectionTypeENS_22QGenericReturnArgument"
    "ENS_16QGenericArgumentES8_S8_S8_S8_S8_S8_S8_S8_S8_",
)
"""What Qt's compilers call its functions: without a namespace, and in that of OpenCV's wheels."""


class _Point(ctypes.Structure):
    _fields_ = (("x", ctypes.c_int), ("y", ctypes.c_int))


class _Argument(ctypes.Structure):
    _fields_ = (("data", ctypes.c_void_p), ("name", ctypes.c_char_p))


class QtWindow:
    """OpenCV's window of that title, as Qt knows it."""

    def __init__(self, title: str) -> None:
        """Raises OSError if this OpenCV does not come with a Qt 5 that has these functions."""
        folder = Path(cv2.__file__).parent.with_name("opencv_python.libs")
        widgets, core = _library(folder, "Widgets"), _library(folder, "Core")
        self._title = title
        self._widget_at, self._window, self._win_id = (_function(widgets, names) for names in _WIDGETS.values())
        self._widget_at.restype, self._widget_at.argtypes = ctypes.c_void_p, [ctypes.POINTER(_Point)]
        self._window.restype, self._window.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
        self._win_id.restype, self._win_id.argtypes = ctypes.c_size_t, [ctypes.c_void_p]
        self._invoke = _function(core, _INVOKE)
        self._invoke.restype = ctypes.c_bool
        self._invoke.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, *[_Argument] * 11]

    def unzoom(self) -> None:
        """Undoes the zoom before the picture is drawn again."""
        view = _parent(self._inside())
        if view:
            self._invoke(view, b"resetZoom", _QUEUED, *[_Argument()] * 11)

    def number(self) -> int | None:
        """The number that the window system gave the window; None if the window is not on the screen yet."""
        inside = self._inside()
        return int(self._win_id(self._window(inside))) if inside else None

    def _inside(self) -> int | None:
        """The widget in the middle of the window, which lies in OpenCV's view of the picture."""
        try:
            left, top, width, height = cv2.getWindowImageRect(self._title)
        except cv2.error:  # it has been closed
            return None
        found: int | None = self._widget_at(ctypes.byref(_Point(left + width // 2, top + height // 2)))
        return found


def _library(folder: Path, name: str) -> ctypes.CDLL:
    for path in folder.glob(f"libQt5{name}-*.so*"):
        return ctypes.CDLL(str(path))
    raise OSError(f"no Qt 5 in {folder}")


def _function(library: ctypes.CDLL, names: tuple[str, ...]) -> Any:
    for name in names:
        if hasattr(library, name):
            return getattr(library, name)
    raise OSError(f"Qt has no {names[0]}")


def _parent(widget: int | None) -> int | None:
    """QObject::parent() of a widget. It is an inline function, so Qt 5 never changes the places of the fields that it
    reads: the second pointer of a QObject is that of its data, whose third pointer is its parent."""
    data = _read(widget + _POINTER) if widget else None
    return _read(data + 2 * _POINTER) if data else None


def _read(address: int) -> int | None:
    return ctypes.c_void_p.from_address(address).value
