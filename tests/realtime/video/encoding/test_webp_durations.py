"""Tests that the last frame of an animated WebP ends when it should, and that nothing else of the file changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nstcam.realtime.video.encoding.webp_durations import set_last_duration
from nstcam.realtime.video.reading.animated_webp import AnimatedWebp
from tests.support.media.webp import write_webp

LONGEST = (1 << 24) - 1


@pytest.mark.parametrize(
    ("ends", "lasts"), [(1000, 700), (302, 2), (301, 1), (300, 1), (7, 1), (300 + LONGEST, LONGEST), (1 << 25, LONGEST)]
)
@pytest.mark.parametrize("between", [b"", b"XMP \x03\0\0\0abc\0", b"XMP \x02\0\0\0ab"])
def test_the_last_frame_lasts_until_its_end_but_for_a_millisecond_at_least(
    tmp_path: Path, ends: int, lasts: int, between: bytes
) -> None:
    plain = np.full((16, 16, 4), 255, np.uint8)
    path = write_webp(
        tmp_path / "a.webp", [(plain, 0, 0, 2, 100), (plain, 0, 0, 2, 200), (plain, 0, 0, 2, 0xABCDEF)], between=between
    )
    before = path.read_bytes()
    set_last_duration(path, ends)
    assert path.read_bytes() == before.replace(b"\xef\xcd\xab", lasts.to_bytes(3, "little"))
    if lasts > 10:
        with AnimatedWebp(path) as animation:
            assert [each.duration for each in animation] == [100, 200, lasts]


@pytest.mark.parametrize(
    "data", [b"", b"RIFF\x04\0\0\0WEBP", b"RIFF\x0c\0\0\0WEBPXMP \0\0\0\0", b"RIFF\x08\0\0\0WEBPANMF"]
)
def test_a_file_without_frames_stays_as_it_is(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.webp").write_bytes(data)
    set_last_duration(tmp_path / "a.webp", 500)
    assert (tmp_path / "a.webp").read_bytes() == data
