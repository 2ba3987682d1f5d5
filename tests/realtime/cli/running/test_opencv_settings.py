"""Tests the environment variables that are set before OpenCV is imported."""

import os
import sys

import pytest

from nstcam.realtime.cli.running.opencv_settings import WAITING, quiet_opencv

SET = (
    "QT_QPA_PLATFORM",
    "OPENCV_LOG_LEVEL",
    "OPENCV_FFMPEG_LOGLEVEL",
    "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS",
    "OPENCV_IO_MAX_IMAGE_PIXELS",
    WAITING,
)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment in which nothing is set yet, and which is restored."""
    for name in ("DISPLAY", "NSTCAM_DEBUG", *SET):
        monkeypatch.setenv(name, "")  # so that it is restored
        monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize(
    ("system", "display", "plugin"), [("linux", ":0", "xcb"), ("linux", "", None), ("win32", ":0", None)]
)
def test_qt_takes_the_plugin_that_is_there(
    bare: pytest.MonkeyPatch, system: str, display: str, plugin: str | None
) -> None:
    bare.setattr(sys, "platform", system)
    bare.setenv("DISPLAY", display)
    quiet_opencv()
    assert os.environ.get("QT_QPA_PLATFORM") == plugin


def test_opencv_is_quiet_unless_its_user_wants_to_hear_it(bare: pytest.MonkeyPatch) -> None:
    quiet_opencv()
    assert (os.environ["OPENCV_LOG_LEVEL"], os.environ["OPENCV_FFMPEG_LOGLEVEL"]) == ("SILENT", "-8")
    bare.setenv("OPENCV_LOG_LEVEL", "INFO")
    quiet_opencv()
    assert os.environ["OPENCV_LOG_LEVEL"] == "INFO"
    bare.delenv("OPENCV_LOG_LEVEL")
    bare.setenv("NSTCAM_DEBUG", "1")
    quiet_opencv()
    assert "OPENCV_LOG_LEVEL" not in os.environ


def test_opencvs_threads_soon_sleep_unless_their_user_has_them_wait(bare: pytest.MonkeyPatch) -> None:
    quiet_opencv()
    assert int(os.environ[WAITING]) < 2000
    bare.setenv(WAITING, "5000")
    quiet_opencv()
    assert os.environ[WAITING] == "5000"
