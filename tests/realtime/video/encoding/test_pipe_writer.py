"""Tests what is written to standard output."""

from __future__ import annotations

import os
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from nstcam.realtime.errors import SinkError
from nstcam.realtime.video.convert import stylize_to_pipe
from nstcam.realtime.video.encoding.pipe_writer import ReaderGoneError
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.reading.reader import VideoReader
from tests.realtime.video.reading.test_webm_alpha import write_transparent
from tests.support.fakes.live import CopyStylizer
from tests.support.media.clips import NTSC, look, texture, write_clip
from tests.support.media.pipes import frames_of, piped
from tests.support.media.symmetric import aside, write_symmetric


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "in.mkv", frames=5, picture=texture(50, 70))


@pytest.mark.parametrize(("kind", "suffix"), [("nut", "nut"), ("matroska", "mkv")])
def test_containers_keep_pixels_and_times(tmp_path: Path, kind: str, suffix: str) -> None:
    pts = [0, 1, 2, 6, 10]
    clip = write_clip(
        tmp_path / "in.mp4", pts=pts, time_base=Fraction(1, 25), rate=Fraction(25), picture=texture(50, 70)
    )
    written = tmp_path / f"out.{suffix}"
    written.write_bytes(piped(clip, kind))
    assert [float(at) for at in look(written).times] == [at / 25 for at in pts]
    assert all(np.array_equal(a, b) for a, b in zip(frames_of(written), frames_of(clip), strict=True))


def test_y4m_says_size_rate_and_pixels(tmp_path: Path, clip: Path) -> None:
    data = piped(clip, "y4m")
    assert data.startswith(b"YUV4MPEG2 W70 H50 F30000:1001 Ip A1:1 C420jpeg XCOLORRANGE=LIMITED\nFRAME\n")
    assert data.count(b"FRAME\n") == 5
    (tmp_path / "out.y4m").write_bytes(data)
    assert look(tmp_path / "out.y4m").rate == NTSC
    soft = np.abs(frames_of(tmp_path / "out.y4m")[0].astype(int) - frames_of(clip)[0])
    (tmp_path / "out.y4m").write_bytes(piped(clip, "y4m", VideoSettings(pixels="yuv444p")))
    sharp = np.abs(frames_of(tmp_path / "out.y4m")[0].astype(int) - frames_of(clip)[0])
    assert sharp.max() <= 3  # and with the matrix that readers assume, or it would be tens
    assert soft.mean() < 6


def test_y4m_names_the_place_of_its_colours(tmp_path: Path) -> None:
    """As a reader understands the header, colours lie neither to the left nor to the right of their pixels."""
    clip = write_symmetric(tmp_path / "in.mkv")
    assert aside(frames_of(clip)[0]) == 0
    (tmp_path / "out.y4m").write_bytes(piped(clip, "y4m"))
    assert aside(frames_of(tmp_path / "out.y4m")[0]) <= 2


def test_a_constant_rate_keeps_the_time(tmp_path: Path) -> None:
    """The frame of a picture that stays is repeated, so that sound played beside it stays in step."""
    clip = write_clip(tmp_path / "in.mp4", pts=[0, 1, 5, 6, 7, 8, 9], time_base=Fraction(1, 10), rate=Fraction(10))
    with VideoReader(clip) as reader:
        rate = reader.rate
    size = 48 * 64 * 3
    data = piped(clip, "rawvideo")
    assert len(data) == size * round(rate)
    pictures = [data[at : at + size] for at in range(0, len(data), size)]
    assert len(set(pictures)) < len(pictures) or rate < 8


def test_alpha_goes_through_where_the_stream_holds_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = write_transparent(tmp_path / "in.mov", "qtrle")
    pixels = np.frombuffer(piped(source, "rawvideo", VideoSettings(pixels="rgba")), np.uint8).reshape(4, 48, 64, 4)
    assert (pixels[:, :, 40:] == (255, 0, 255, 255)).all()
    assert (pixels[:, :, :24, 3] == 0).all()
    (tmp_path / "out.nut").write_bytes(piped(source, "nut"))
    with VideoReader(tmp_path / "out.nut") as reader:
        assert reader.is_transparent
    assert not caplog.messages
    piped(source, "y4m")
    assert caplog.messages == [f"{source} has transparent pixels, which are shown on black"]


def test_y4m_holds_few_pixel_formats(clip: Path) -> None:
    with pytest.raises(SinkError, match="y4m holds no rgba; give --pixel-format yuv420p, yuv422p, yuv444p"):
        piped(clip, "y4m", VideoSettings(pixels="rgba"))


@pytest.mark.parametrize("kind", ["y4m", "rawvideo", "nut", "matroska"])
def test_a_reader_that_goes_away_ends_it(tmp_path: Path, clip: Path, kind: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    out = os.fdopen(writing, "wb")
    with pytest.raises(ReaderGoneError):
        stylize_to_pipe(clip, out, CopyStylizer(), kind=kind)
    with suppress(BrokenPipeError):
        out.close()
