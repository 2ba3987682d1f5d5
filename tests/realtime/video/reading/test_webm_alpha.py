"""Tests the reader on videos with transparency: WebM's second stream, and codecs that carry it themselves."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Final, cast

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from nstcam.realtime.frame import Frame
from nstcam.realtime.video.reading.reader import VideoReader

FORMS: Final = {
    "libvpx-vp9": "yuva420p", "libvpx": "yuva420p", "qtrle": "argb", "prores_ks": "yuva444p10le", "apng": "rgba",
}  # fmt: skip
_KEY_FRAME: Final = b"\x49\x83\x42"
"""Begins each film of VP9, after one byte."""


def write_transparent(path: Path, codec: str, frames: int = 4) -> Path:
    """Magenta, whose left half is hidden."""
    picture = np.full((48, 64, 4), (255, 0, 255, 255), np.uint8)
    picture[:, :32, 3] = 0
    with av.open(str(path), "w") as file:
        stream = cast(VideoStream, file.add_stream(codec, rate=10))
        stream.width, stream.height, stream.pix_fmt = 64, 48, FORMS[codec]
        if codec.startswith("libvpx"):
            stream.metadata["alpha_mode"] = "1"
            stream.options = {"auto-alt-ref": "0", "deadline": "realtime", "crf": "4"}
        for index in range(frames):
            frame = av.VideoFrame.from_ndarray(picture, "bgra").reformat(format=FORMS[codec])
            frame.pts, frame.time_base = index, Fraction(1, 10)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def shown(path: Path) -> list[Frame]:
    with VideoReader(path) as reader:
        return [timed.frame for timed in reader]


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("libvpx-vp9", "a.webm"),
        ("libvpx-vp9", "a.mkv"),
        ("libvpx", "a.webm"),
        ("qtrle", "a.mov"),
        ("prores_ks", "a.mov"),
        ("apng", "a.apng"),
    ],
)
def test_hidden_colours_are_black(tmp_path: Path, codec: str, name: str, caplog: pytest.LogCaptureFixture) -> None:
    path = write_transparent(tmp_path / name, codec)
    frames = shown(path)
    assert len(frames) == 4
    for frame in frames:
        assert frame[:, :28].max() <= 4
        assert np.abs(frame[:, 36:].astype(int) - (255, 0, 255)).max() <= 12
    assert caplog.messages == [f"{path} has transparent pixels, which are shown on black"]


def test_a_cut_keeps_its_transparency(tmp_path: Path) -> None:
    path = write_transparent(tmp_path / "a.webm", "libvpx-vp9")
    with VideoReader(path, start=0.15) as reader:
        frames = [timed.frame for timed in reader]
    assert len(frames) == 2
    assert all(frame[:, :28].max() <= 4 for frame in frames)


def test_damaged_transparency_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Frames without their alpha are shown whole: nothing says what it hid."""
    path = write_transparent(tmp_path / "a.webm", "libvpx-vp9")
    data = bytearray(path.read_bytes())
    data[data.rindex(_KEY_FRAME)] ^= 0xFF
    path.write_bytes(data)
    frames = shown(path)
    assert len(frames) == 4
    assert caplog.messages == [f"{path}: its transparency is damaged; parts of it are ignored"]
