"""Environment variables that OpenCV reads while it is being imported."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Final

from nstcam.media.size_limit import most_pixels

WAITING: Final = "OPENCV_THREAD_POOL_ACTIVE_WAIT_WORKER"
ROUNDS: Final = "100"
"""For how many rounds OpenCV's threads wait busily for more work. With its own 2000 they do so from one small step of a
live frame to the next, which costs a tenth of the frame's processor time and makes no frame shorter."""


def quiet_opencv() -> None:
    """Sets what keeps OpenCV quiet and quick, unless the user has set it. To be called before OpenCV is imported."""
    settings = {
        "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0",  # with it, cameras on Windows take 4-20 s to open
        WAITING: ROUNDS,
    }
    if not os.environ.get("NSTCAM_DEBUG"):  # our own errors take one line and hide the password of a URL
        settings |= {"OPENCV_LOG_LEVEL": "SILENT", "OPENCV_FFMPEG_LOGLEVEL": "-8"}
    with suppress(ValueError):  # told where the first picture is read
        settings["OPENCV_IO_MAX_IMAGE_PIXELS"] = str(most_pixels())  # for formats whose header we do not read
    if sys.platform == "linux" and os.environ.get("DISPLAY"):
        settings["QT_QPA_PLATFORM"] = "xcb"  # the only plugin in OpenCV's wheels; without this, Qt warns under Wayland
    for name, value in settings.items():
        os.environ.setdefault(name, value)
