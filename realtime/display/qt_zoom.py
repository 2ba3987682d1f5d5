"""Undoes the zoom of OpenCV's Qt windows, which enlarge the picture whenever the wheel is turned forward.

OpenCV offers no way to turn that off, but its view has a slot `resetZoom`. It is called through Qt itself, which OpenCV
has loaded: QMetaObject::invokeMethod with a queued connection, so that it runs after the zoom and before the picture is
drawn.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import cv2

_QUEUED: Final = 2
"""Qt::QueuedConnection."""
_POINTER: Final = ctypes.sizeof(ctypes.c_void_p)
_NAMES: Final = (
    (
        "_ZN14QtOpenCVPython12QApplication8widgetAtERKNS_6QPointE",
        "_ZN14QtOpenCVPython11QMetaObject12invokeMethodEPNS_7QObjectEPKcNS_2Qt14ConnectionTypeENS_22QGenericReturnArgument"
        "ENS_16QGenericArgumentES8_S8_S8_S8_S8_S8_S8_S8_S8_",
    ),
    (
        "_ZN12QApplication8widgetAtERK6QPoint",
        "_ZN11QMetaObject12invokeMethodEP7QObjectPKcN2Qt14ConnectionTypeE22QGenericReturnArgument16QGenericArgument"
        "S7_S7_S7_S7_S7_S7_S7_S7_S7_",
    ),
)
"""What Qt's compilers call QApplication::widgetAt and QMetaObject::invokeMethod, in OpenCV's namespace and in none."""


class _Point(ctypes.Structure):
    _fields_ = (("x", ctypes.c_int), ("y", ctypes.c_int))


class _Argument(ctypes.Structure):
    _fields_ = (("data", ctypes.c_void_p), ("name", ctypes.c_char_p))


def find_unzoom() -> Callable[[str], None] | None:
    """A function that resets the zoom of the window with a title, soon; None if this OpenCV has no Qt 5 of its own."""
    folder = Path(cv2.__file__).parent.with_name("opencv_python.libs")
    try:
        widgets, core = (ctypes.CDLL(str(next(folder.glob(f"libQt5{name}-*.so*")))) for name in ("Widgets", "Core"))
    except (StopIteration, OSError):
        return None
    found = [names for names in _NAMES if hasattr(widgets, names[0]) and hasattr(core, names[1])]
    if not found:
        return None
    widget_at, invoke = getattr(widgets, found[0][0]), getattr(core, found[0][1])
    widget_at.restype, widget_at.argtypes = ctypes.c_void_p, [ctypes.POINTER(_Point)]
    invoke.restype = ctypes.c_bool
    invoke.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, *[_Argument] * 11]

    def unzoom(title: str) -> None:
        left, top, width, height = cv2.getWindowImageRect(title)
        inside = widget_at(ctypes.byref(_Point(left + width // 2, top + height // 2)))
        view = _parent(inside)
        if view:
            invoke(view, b"resetZoom", _QUEUED, *[_Argument()] * 11)

    return unzoom


def _parent(widget: int | None) -> int | None:
    """QObject::parent() of a widget. It is an inline function, so Qt 5 never changes the places of the fields that it
    reads: the second pointer of a QObject is that of its data, whose third pointer is its parent."""
    data = _read(widget + _POINTER) if widget else None
    return _read(data + 2 * _POINTER) if data else None


def _read(address: int) -> Any:
    return ctypes.c_void_p.from_address(address).value
