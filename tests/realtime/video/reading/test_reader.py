"""Tests the reader alone: what it tells of a file, its pixels, and damaged files."""

from __future__ import annotations

import gc
import logging
import re
import weakref
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.bitstream import BitStreamFilterContext
from av.stream import Disposition
from av.video.frame import VideoFrame

from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import check_frame
from nstcam.realtime.video.reading.reader import VideoReader
from nstcam.realtime.video.reading.timestamps import packet_times
from tests.support.media.clips import (
    NTSC,
    RED,
    corner_names,
    opencv_first,
    quadrants,
    texture,
    write_clip,
    write_tone,
    write_tracks,
)

ONE = 1 << 16
MATRICES = {
    "upright": (0, False, (ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30)),
    "90": (1, False, (0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30)),  # as phones write held upright
    "180": (2, False, (-ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30)),
    "270": (3, False, (0, -ONE, 0, ONE, 0, 0, 0, 0, 1 << 30)),
    "mirrored": (0, True, (-ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30)),
}


@pytest.mark.parametrize("turn", MATRICES)
def test_frames_are_upright(tmp_path: Path, turn: str) -> None:
    quarters, mirrored, matrix = MATRICES[turn]
    stored = np.ascontiguousarray(np.rot90(quadrants()[:, ::-1] if mirrored else quadrants(), quarters))
    clip = write_clip(tmp_path / "turned.mp4", frames=2, picture=stored, matrix=matrix)

    with VideoReader(clip) as reader:
        frame = next(iter(reader)).frame

    check_frame(frame)
    assert frame.flags.c_contiguous
    assert reader.size_wh == (64, 48)
    assert corner_names(frame) == "rgbw"
    if not mirrored:  # OpenCV knows rotations only
        assert corner_names(opencv_first(clip)) == "rgbw"


@pytest.mark.parametrize(
    ("aspect", "square", "size_wh", "pixel_aspect"),
    [
        (None, False, (64, 48), 1),
        (None, True, (64, 48), 1),
        (2, False, (64, 48), 2),
        (2, True, (128, 48), 1),
    ],
)
def test_pixels_are_square_if_the_file_does_not_say_otherwise(
    tmp_path: Path, aspect: int | None, square: bool, size_wh: tuple[int, int], pixel_aspect: int
) -> None:
    if aspect is None:
        clip = write_tracks(tmp_path / "unsaid.mkv", [("libx264", (64, 48), 2, Disposition.default)])
        with av.open(str(clip)) as container:
            assert not container.streams.video[0].sample_aspect_ratio
    else:
        clip = write_clip(tmp_path / "wide.mp4", frames=2, aspect=Fraction(aspect))
    with VideoReader(clip, square=square) as reader:
        assert (reader.size_wh, reader.pixel_aspect) == (size_wh, Fraction(pixel_aspect))
        assert next(iter(reader)).frame.shape == (*size_wh[::-1], 3)


def test_totals(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.mkv"):
        with VideoReader(write_clip(tmp_path / name)) as reader:
            assert reader.total == 12
            assert reader.rate == NTSC
            assert len(list(reader)) == 12
    paused = write_clip(tmp_path / "paused.mp4", frames=3, rate=Fraction(10), pts=[0, 1, 8])
    with VideoReader(paused) as reader:
        assert reader.rate == Fraction(10, 3), "the mean"


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts"])
def test_a_cut_at_the_very_time_of_a_frame_has_that_frame(tmp_path: Path, name: str) -> None:
    """Times as they are written: 0.1 as a float is a little more than a tenth, 0.3 a little less."""
    clip = write_clip(tmp_path / name, frames=12, rate=Fraction(10), start=5 if name.endswith("ts") else 0)
    for start, end, count in ((0.1, None, 11), (0.3, None, 9), (0, 0.1, 1), (0, 0.3, 3), (0.1, 0.7, 6)):
        with VideoReader(clip, start, end) as reader:
            assert (len(list(reader)), reader.first_seconds) == (count, Fraction(str(start)))
            assert reader.is_cut
            assert reader.sought == (start > 0) or name == "clip.ts"
        assert len(packet_times(clip, start, end)) == count
    with pytest.raises(SourceError, match=r"lasts 1\.20 s and has no frame between 0\.11 s and 0\.2 s; choose another"):
        VideoReader(clip, 0.11, 0.2)
    with VideoReader(clip) as whole:
        assert (whole.is_cut, whole.sought, whole.has_sound, whole.is_deep) == (False, False, False, False)
    with VideoReader(write_clip(tmp_path / "loud.mkv", frames=3, audio="aac")) as loud:
        assert loud.has_sound


def test_a_timecode_is_not_that_of_a_later_frame(tmp_path: Path) -> None:
    clip = tmp_path / "camera.mov"
    with av.open(str(write_clip(tmp_path / "a.mp4"))) as plain, av.open(str(clip), "w") as out:
        stream = out.add_stream_from_template(plain.streams.video[0])
        stream.metadata["timecode"] = "01:00:00:00"
        for packet in plain.demux(video=0):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    with VideoReader(clip) as whole, VideoReader(clip, start=0.1) as cut:
        assert whole.stream_metadata["timecode"] == "01:00:00:00"
        assert "timecode" not in cut.stream_metadata


def test_an_unknown_codec_is_called_that(tmp_path: Path) -> None:
    clip = tmp_path / "strange.avi"
    with av.open(str(clip), "w") as out:
        stream = out.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(quadrants(), "bgr24")))
        out.mux(stream.encode(None))
    clip.write_bytes(clip.read_bytes().replace(b"FMP4", b"????"))
    with pytest.raises(SourceError, match="video codec that is unknown here"):
        VideoReader(clip)


def test_red_is_red(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "red.mp4", frames=1, picture=np.full((48, 64, 3), RED, np.uint8))
    with VideoReader(clip) as reader:
        frame = next(iter(reader)).frame
    assert np.abs(frame.astype(int) - RED).max() <= 4


@pytest.mark.parametrize("name", ["cat.gif", "cat.png"])
def test_an_animation_without_its_end_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str) -> None:
    animation = cv2.Animation()
    animation.frames = [texture(48, 64), texture(48, 64)[::-1].copy(), texture(48, 64)[:, ::-1].copy()]
    animation.durations = [100, 200, 100]
    path = tmp_path / name
    assert cv2.imwriteanimation(str(path), animation)

    def frames() -> int:
        with VideoReader(path) as reader:
            return len(list(reader))

    whole = path.read_bytes()
    for more in (b"", b"\0", b"whatever a server has added"):
        path.write_bytes(whole + more)
        assert frames() == 3
        assert not caplog.messages
    path.write_bytes(whole[: len(whole) * 2 // 3])
    assert frames() < 3
    assert re.search(name + r" is cut short: \d frames? w", caplog.text)


@pytest.mark.parametrize("name", ["cut.mp4", "cut.mkv"])
def test_a_file_cut_short_gives_what_it_has(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = write_clip(tmp_path / f"whole-{name}", frames=40, noise=True)
    clip = tmp_path / name
    clip.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])

    with caplog.at_level(logging.WARNING), VideoReader(clip) as reader:
        count = len(list(reader))

    assert 10 < count < 30
    assert f"{count} of about 40 frames" in caplog.text
    assert len(caplog.records) == 1
    assert capfd.readouterr().err == ""


def test_a_whole_file_gives_no_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("a.mp4", "a.mkv", "a.mov", "a.ts", "a.avi"):
        with VideoReader(write_clip(tmp_path / name, audio="aac")) as reader:
            assert len(list(reader)) == 12, name
    assert caplog.text == ""


def test_damage_in_the_middle_is_survived(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = bytearray(write_clip(tmp_path / "whole.mkv", frames=30, noise=True).read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(2000)
    clip = tmp_path / "holed.mkv"
    clip.write_bytes(data)
    with VideoReader(clip) as reader:
        pts = [timed.pts for timed in reader]
    assert len(pts) >= 10
    assert all(earlier < later for earlier, later in pairwise(pts))


@pytest.mark.parametrize(("rate", "missing", "told"), [(30, 3, False), (30, 4, True), (10, 2, False), (10, 3, True)])
def test_a_few_frames_less_than_the_header_says_are_no_loss(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, rate: int, missing: int, *, told: bool
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=40, rate=Fraction(rate))
    with av.open(str(clip)) as container:
        places = [packet.pos or 0 for packet in container.demux(video=0) if packet.size]
    clip.write_bytes(clip.read_bytes()[: places[-missing]])
    with VideoReader(clip) as reader:
        assert (len(list(reader)), bool(caplog.messages)) == (40 - missing, told)


def test_each_packet_that_cannot_be_decoded_is_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clip = write_tracks(tmp_path / "clip.mp4", [("mjpeg", (64, 48), 10, Disposition.default)])
    data = bytearray(clip.read_bytes())
    with av.open(str(clip)) as container:
        for packet in [packet for packet in container.demux(video=0) if packet.size][3:6]:
            assert packet.pos
            data[packet.pos : packet.pos + packet.size] = bytes(packet.size)
    clip.write_bytes(data)
    with VideoReader(clip) as reader:
        list(reader)
    assert caplog.messages == [f"{clip} is damaged: 3 places were skipped, 7 frames were decoded"]


def test_what_is_no_video_is_refused_in_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text, nothing, head, picture = (tmp_path / n for n in ("text.mp4", "nothing.mp4", "head.mp4", "picture.png"))
    text.write_text("not a video\n" * 100)
    nothing.touch()
    head.write_bytes(write_clip(tmp_path / "whole.mp4").read_bytes()[:1200])
    cv2.imwrite(str(picture), quadrants())
    for path, why in (
        (text, "not a video"),
        (nothing, "0 bytes"),
        (head, "damaged"),
        (picture, "nstcam image"),
        (write_tone(tmp_path / "tone.m4a"), "no video stream, only audio;"),
    ):
        with pytest.raises(SourceError, match=why) as caught:
            VideoReader(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_colours_of_an_unknown_kind_are_taken_as_usual(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """libswscale refuses them, which ended in a traceback: found by fuzzing."""
    plain, odd = write_clip(tmp_path / "clip.mp4", frames=2), tmp_path / "odd.mp4"
    with av.open(str(plain)) as given, av.open(str(odd), "w") as out:
        copy = out.add_stream_from_template(given.streams.video[0])
        change = BitStreamFilterContext("h264_metadata=matrix_coefficients=14", given.streams.video[0], copy)
        for packet in given.demux(video=0):
            out.mux(change.filter(packet) if packet.size else change.filter(None))
    with caplog.at_level(logging.WARNING), VideoReader(odd) as reader:
        frames = list(reader)
    assert len(frames) == 2
    assert corner_names(frames[0].frame) == "rgbw"
    assert caplog.text.count("unknown colour matrix 14") == 1


def test_a_closed_reader_frees_its_memory_at_once(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=6)
    gc.disable()  # frames are few objects of many bytes: it would not come for long
    try:
        with VideoReader(clip) as reader:
            next(iter(reader))
        gone = weakref.ref(reader)
        del reader
        assert gone() is None
    finally:
        gc.enable()


def test_frames_that_were_read_free_their_memory_at_once(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=20)
    gc.collect()
    before = sum(type(each) is VideoFrame for each in gc.get_objects())
    gc.disable()
    try:
        with VideoReader(clip) as reader:
            assert len(list(reader)) == 20
        left = sum(type(each) is VideoFrame for each in gc.get_objects()) - before
    finally:
        gc.enable()
    assert left <= 2, "the first, which the reader keeps, and one that PyAV fills next"
