"""Environment variables that OpenCV reads while it is being imported."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from nstcam.media.size_limit import most_pixels


def quiet_opencv() -> None:
    """Sets what keeps OpenCV quiet and quick, unless the user has set it. To be called before OpenCV is imported."""
    settings = {"OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0"}  # with it, cameras on Windows take 4-20 s to open
    if not os.environ.get("NSTCAM_DEBUG"):  # our own errors take one line and hide the password of a URL
        settings |= {"OPENCV_LOG_LEVEL": "SILENT", "OPENCV_FFMPEG_LOGLEVEL": "-8"}
    with suppress(ValueError):  # told where the first picture is read
        settings["OPENCV_IO_MAX_IMAGE_PIXELS"] = str(most_pixels())  # for formats whose header we do not read
    if sys.platform == "linux" and os.environ.get("DISPLAY"):
        settings["QT_QPA_PLATFORM"] = "xcb"  # the only plugin in OpenCV's wheels; without this, Qt warns under Wayland
    for name, value in settings.items():
        os.environ.setdefault(name, value)
