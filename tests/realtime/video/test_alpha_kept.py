"""Tests that what is transparent stays so where the output can hold it, and what is seen of it elsewhere."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nstcam.realtime.errors import SinkError, SourceError
from nstcam.realtime.files import work_path
from nstcam.realtime.picture.file import read_picture
from nstcam.realtime.video.convert import stylize_to_pipe, stylize_video
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.parts import join_parts, stylize_part
from nstcam.realtime.video.pipeline import Progress
from nstcam.realtime.video.prepared import Stopped
from nstcam.realtime.video.reading.frames import TimedFrame
from nstcam.realtime.video.reading.matte import matte_name, parse_matte
from nstcam.realtime.video.reading.reader import VideoReader
from tests.realtime.video.reading.test_webm_alpha import write_transparent
from tests.support.fakes.live import CopyStylizer
from tests.support.media.clips import look, packets, write_clip

MAGENTA = (255, 0, 255)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Magenta, whose left half is hidden; 12 frames."""
    return write_transparent(tmp_path_factory.mktemp("in") / "in.mov", "qtrle", 12)


def frames_of(path: Path) -> list[TimedFrame]:
    with VideoReader(path) as reader:
        reader.keep_alpha = True
        return list(reader)


def assert_half(colours: NDArray[Any], alpha: NDArray[Any] | None) -> None:
    """The right half is opaque magenta, the left one is not seen."""
    assert alpha is not None
    assert alpha[:, :28].max() == 0
    assert alpha[:, 36:].min() == np.iinfo(alpha.dtype).max
    assert np.abs(colours[:, 40:].astype(int) - MAGENTA).max() <= 8


@pytest.mark.parametrize(
    ("name", "codec", "named"),
    [
        ("out.mov", None, "prores"), ("out.mov", "qtrle", "qtrle"), ("out.webm", None, "vp9"),
        ("out.mkv", "vp9", "vp9"), ("out.mkv", "prores", "prores"), ("out.gif", None, "gif"),
        ("out.apng", None, "apng"),
    ],
)  # fmt: skip
def test_files_that_hold_it_keep_it(tmp_path: Path, source: Path, name: str, codec: str | None, named: str) -> None:
    out = tmp_path / name
    report = stylize_video(source, out, CopyStylizer(), VideoSettings(codec=codec, segment_frames=5))
    assert report.frames == 12
    assert look(out).codecs == [named]
    frames = frames_of(out)
    assert len(frames) == 12
    for frame in frames:
        assert_half(frame.frame, frame.alpha)


@pytest.mark.parametrize("suffix", ["png", "tif", "webp"])
def test_pictures_that_hold_it_keep_it(tmp_path: Path, source: Path, suffix: str) -> None:
    stylize_video(source, tmp_path / f"%d.{suffix}", CopyStylizer())
    for number in (1, 12):
        picture = read_picture(tmp_path / f"{number}.{suffix}")
        assert_half(picture.pixels, picture.alpha)


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv", "%d.jpg"])
def test_others_show_it_on_black_and_say_so(
    tmp_path: Path, source: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    stylize_video(source, tmp_path / name, CopyStylizer())
    assert caplog.messages == [f"{source} has transparent pixels, which are shown on black"]
    seen = look(tmp_path / name).first if "%" not in name else read_picture(tmp_path / "1.jpg").pixels
    assert seen[:, :26].max() <= 8


@pytest.mark.parametrize("name", ["out.mp4", "out.mov", "out.webm", "out.apng"])
def test_a_matte_is_shown_instead(tmp_path: Path, source: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    stylize_video(source, tmp_path / name, CopyStylizer(), VideoSettings(matte="#20c040"))
    assert caplog.messages == [f"{source} has transparent pixels, which are shown on #20c040"]
    frame = frames_of(tmp_path / name)[0]
    assert frame.alpha is None
    assert np.abs(frame.frame[:, :26].astype(int) - (0x40, 0xC0, 0x20)).max() <= 6


def test_a_matte_is_shown_instead_in_a_pipe_too(source: Path) -> None:
    for matte, left in ((None, (0, 0, 0, 0)), ("#20c040", (0x40, 0xC0, 0x20, 255))):
        out = io.BytesIO()
        stylize_to_pipe(source, out, CopyStylizer(), VideoSettings(matte=matte, pixels="bgra"), kind="rawvideo")
        pixels = np.frombuffer(out.getvalue(), np.uint8).reshape(12, 48, 64, 4)
        assert np.abs(pixels[0, :, :26].astype(int) - left)[..., 3 if matte is None else slice(None)].max() <= 6


def test_a_codec_that_keeps_it_is_told_only_where_it_is_needed(
    tmp_path: Path, source: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stylize_video(source, tmp_path / "out.mov", CopyStylizer())
    assert caplog.messages == [f"{source} is transparent: it is encoded as prores, which keeps that"]
    caplog.clear()
    stylize_video(write_clip(tmp_path / "clip.mp4"), tmp_path / "plain.mov", CopyStylizer())
    assert look(tmp_path / "plain.mov").codecs == ["h264"]
    stylize_video(source, tmp_path / "asked.mov", CopyStylizer(), VideoSettings(codec="hevc"))
    assert look(tmp_path / "asked.mov").codecs == ["hevc"]
    assert caplog.messages == [f"{source} has transparent pixels, which are shown on black"]


@pytest.mark.parametrize("name", ["out.webm", "out.mov", "%d.png"])
def test_a_run_that_was_interrupted_keeps_it(tmp_path: Path, source: Path, name: str) -> None:
    settings = VideoSettings(segment_frames=5)
    (tmp_path / "whole").mkdir()
    stylize_video(source, tmp_path / "whole" / name, CopyStylizer(), settings)
    done: list[Progress] = []
    with pytest.raises(Stopped):
        stylize_video(
            source, tmp_path / name, CopyStylizer(), settings, progress=done.append, stop=lambda: len(done) > 6
        )
    stylize_video(source, tmp_path / name, CopyStylizer(), settings, resume=True)
    written = sorted(path.name for path in (tmp_path / "whole").iterdir())
    assert len(written) == (12 if "%" in name else 1)
    for each in written:
        assert packets(tmp_path / each) == packets(tmp_path / "whole" / each)
    if "%" not in name:
        for frame in frames_of(tmp_path / name):
            assert_half(frame.frame, frame.alpha)


def test_parts_keep_it_and_damaged_ones_are_refused(tmp_path: Path, source: Path) -> None:
    settings = VideoSettings(codec="vp9", segment_frames=5)
    parts = [tmp_path / f"{number}.nstpart" for number in (1, 2)]
    for number, part in enumerate(parts, 1):
        stylize_part(source, part, CopyStylizer(), settings, part=number, parts=2)
    join_parts(source, tmp_path / "out.webm", parts)
    for frame in frames_of(tmp_path / "out.webm"):
        assert_half(frame.frame, frame.alpha)
    data = parts[1].read_bytes()
    parts[1].write_bytes(data.replace(b"\x1aE\xdf\xa3", b"\x1aE\xdf\xa4"))
    with pytest.raises(SourceError, match=r"damaged; make (them|it) again"):
        join_parts(source, tmp_path / "b.webm", parts)
    assert not (tmp_path / "b.webm").exists()


def test_another_matte_is_another_setting(tmp_path: Path, source: Path) -> None:
    done: list[Progress] = []
    settings = VideoSettings(segment_frames=5, matte="white")
    out = tmp_path / "out.mp4"
    with pytest.raises(Stopped):
        stylize_video(source, out, CopyStylizer(), settings, progress=done.append, stop=lambda: len(done) > 6)
    assert json.loads((work_path(out) / "journal.json").read_text())["settings"]["matte"] == "white"
    with pytest.raises(SinkError, match="used matte white, not black"):
        stylize_video(source, out, CopyStylizer(), VideoSettings(segment_frames=5, matte="black"), resume=True)


def test_colours() -> None:
    assert parse_matte("#ff8000") == parse_matte("FF8000") == (0, 128, 255)
    assert parse_matte("White") == (255, 255, 255)
    assert [matte_name(parse_matte(text)) for text in ("white", "#ff8000")] == ["white", "#ff8000"]
    for text in ("", "#fff", "whitish", "#ff80000"):
        with pytest.raises(ValueError, match="is not a colour; write #rrggbb or one of black, white"):
            parse_matte(text)
