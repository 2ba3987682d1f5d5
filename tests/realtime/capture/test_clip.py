"""Tests what of a file plays: a picture or a clip, in square pixels, on which clock."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path

import cv2
import pytest

from nstcam.realtime.capture.clip import is_still, read_clip, read_pictures
from nstcam.realtime.capture.clip_sound import ClipClock
from tests.support.fakes.live import frame_of
from tests.support.media.clips import quadrants, write_clip


@pytest.mark.parametrize("suffix", [".png", ".avif", ".webp", ".jpg", ".gif", ".mp4"])
def test_pictures_are_told_from_animations_and_clips(tmp_path: Path, suffix: str) -> None:
    animation, path = cv2.Animation(), tmp_path / f"cat{suffix}"
    animation.frames, animation.durations = [frame_of(10), frame_of(200)], [100, 100]
    if suffix in (".png", ".avif", ".webp"):
        assert cv2.imwriteanimation(str(path), animation)
        assert not is_still(path)
    if suffix == ".mp4":
        write_clip(path, frames=1)
    else:
        assert cv2.imwrite(str(path), quadrants())
    assert is_still(path) == (suffix not in (".gif", ".mp4"))


def test_pixels_of_a_clip_become_square_and_a_clock_that_is_given_is_that_of_its_frames(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=2, aspect=Fraction(4, 3))
    assert next(read_clip(clip, threading.Event())).shape == (48, 86, 3)
    cv2.imwrite(str(tmp_path / "1.png"), frame_of(20))
    clock = ClipClock()
    next(read_pictures(tmp_path, 20, threading.Event(), clock))
    assert clock.start > 0
