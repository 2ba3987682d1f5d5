"""What OpenCV reads from the environment while it is imported."""

from __future__ import annotations

import os
import sys


def quiet_opencv() -> None:
    """Settings that OpenCV reads while it is imported, where the user has not set them."""
    settings = {"OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0"}  # cameras on Windows open in 4-20 s with it
    if not os.environ.get("NSTCAM_DEBUG"):  # our errors say it in one line, and without the password of a URL
        settings |= {"OPENCV_LOG_LEVEL": "SILENT", "OPENCV_FFMPEG_LOGLEVEL": "-8"}
    if sys.platform == "linux" and os.environ.get("DISPLAY"):
        settings["QT_QPA_PLATFORM"] = "xcb"  # the only one in OpenCV's wheels; else a warning under Wayland
    for name, value in settings.items():
        os.environ.setdefault(name, value)
