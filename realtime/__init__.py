"""Stylizes frames: live from a camera, or from files. NumPy, OpenCV and ONNX Runtime only; never PyTorch.

For programs (docs/python.md):

    from nstcam.realtime import Stylizer, find_style, stylize_video

Names are loaded when they are first used, so that importing this package, as the command line does, stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from nstcam.realtime.engine.stylizer import Stylizer
    from nstcam.realtime.errors import DeviceError, NstError, SinkError, SourceError, StyleError
    from nstcam.realtime.style_files.library import find_style, list_styles
    from nstcam.realtime.style_files.style import Style
    from nstcam.realtime.video.convert import VideoReport
    from nstcam.realtime.video.from_python import stylize_video
    from nstcam.realtime.video.pipeline import Progress
    from nstcam.realtime.video.prepared import Stopped

__all__ = [
    "DeviceError",
    "NstError",
    "Progress",
    "SinkError",
    "SourceError",
    "Stopped",
    "Style",
    "StyleError",
    "Stylizer",
    "VideoReport",
    "find_style",
    "list_styles",
    "stylize_video",
]

_HOMES: Final = {
    "nstcam.realtime.style_files.library": ("find_style", "list_styles"),
    "nstcam.realtime.style_files.style": ("Style",),
    "nstcam.realtime.engine.stylizer": ("Stylizer",),
    "nstcam.realtime.errors": ("DeviceError", "NstError", "SinkError", "SourceError", "StyleError"),
    "nstcam.realtime.video.convert": ("VideoReport",),
    "nstcam.realtime.video.from_python": ("stylize_video",),
    "nstcam.realtime.video.pipeline": ("Progress",),
    "nstcam.realtime.video.prepared": ("Stopped",),
}
_HOME_OF: Final = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    value: object = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value  # the next use does not come here
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
