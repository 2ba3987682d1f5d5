"""Tests standard input and output in place of files; PyAV stands on the other side."""

from __future__ import annotations

import array
import io
import os
import signal
import subprocess
import sys
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from benchmarks.tools.stand_in import write_negative_style
from benchmarks.tools.waiting import until
from nstcam.realtime.cli.app import main
from nstcam.realtime.errors import SinkError, SourceError
from nstcam.realtime.frame import Frame
from nstcam.realtime.video.convert import stylize_to_pipe, stylize_video
from nstcam.realtime.video.journal import settings_values
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.pipeline import Progress
from nstcam.realtime.video.prepared import Stopped
from nstcam.realtime.video.reading.pipes import PIPE, ReaderGoneError
from nstcam.realtime.video.reading.reader import VideoReader
from tests.realtime.video.reading.test_webm_alpha import write_transparent
from tests.support.commands import run_here
from tests.support.fakes.live import CopyStylizer
from tests.support.media.clips import NTSC, look, texture, write_clip
from tests.support.network.web import serving

RAW = VideoSettings(size=(70, 50), pixels="bgr24", fps="10")


def frames_of(path: Path) -> list[Frame]:
    with VideoReader(path) as reader:
        return [timed.frame for timed in reader]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "in.mkv", frames=5, picture=texture(50, 70))


def feed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Puts the bytes on standard input, which cannot be sought in."""
    file: Any = io.BufferedReader(io.BytesIO(data))
    file = SimpleNamespace(read1=file.read1, read=file.read)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=file))


def piped(source: Path, kind: str, settings: VideoSettings = VideoSettings()) -> bytes:  # noqa: B008
    out = io.BytesIO()
    stylize_to_pipe(source, out, CopyStylizer(), settings, kind=kind)
    return out.getvalue()


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
    assert data.startswith(b"YUV4MPEG2 W70 H50 F30000:1001 Ip A1:1 C420mpeg2 XCOLORRANGE=LIMITED\nFRAME\n")
    assert data.count(b"FRAME\n") == 5
    (tmp_path / "out.y4m").write_bytes(data)
    assert look(tmp_path / "out.y4m").rate == NTSC
    soft = np.abs(frames_of(tmp_path / "out.y4m")[0].astype(int) - frames_of(clip)[0])
    (tmp_path / "out.y4m").write_bytes(piped(clip, "y4m", VideoSettings(pixels="yuv444p")))
    sharp = np.abs(frames_of(tmp_path / "out.y4m")[0].astype(int) - frames_of(clip)[0])
    assert sharp.max() <= 3  # and with the matrix that readers assume, or it would be tens
    assert soft.mean() < 6


def test_raw_pixels_go_through_unchanged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clip: Path) -> None:
    data = piped(clip, "rawvideo", VideoSettings(pixels="bgr24"))
    assert data == b"".join(frame.tobytes() for frame in frames_of(clip))
    feed(monkeypatch, data)
    assert piped(PIPE, "rawvideo", RAW) == data
    feed(monkeypatch, data)
    report = stylize_video(PIPE, tmp_path / "out.mp4", CopyStylizer(), RAW)
    assert (report.frames, report.duration) == (5, 0.5)
    assert look(tmp_path / "out.mp4").rate == 10


@pytest.mark.parametrize("kind", ["y4m", "nut", "matroska"])
def test_what_is_written_can_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clip: Path, kind: str) -> None:
    feed(monkeypatch, piped(clip, kind))
    stylize_video(PIPE, tmp_path / "out.mkv", CopyStylizer(), VideoSettings(quality=4))
    assert look(tmp_path / "out.mkv").times == look(clip).times
    assert np.abs(frames_of(tmp_path / "out.mkv")[2].astype(int) - frames_of(clip)[2]).mean() < 9
    assert {path.name for path in tmp_path.iterdir()} == {"in.mkv", "out.mkv"}


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


def test_wrong_streams_are_refused_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for data in (b"", b"hello\n" * 1000, b"#EXTM3U\nhttp://127.0.0.1/a.ts\n"):
        feed(monkeypatch, data)
        with pytest.raises(SourceError, match=r"standard input is not a video .*pipe y4m, nut or matroska"):
            stylize_video(PIPE, tmp_path / "out.mp4", CopyStylizer())
    feed(monkeypatch, bytes(100))
    with pytest.raises(SourceError, match="standard input: no frame can be decoded"):
        stylize_video(PIPE, tmp_path / "out.mp4", CopyStylizer(), RAW)
    huge = VideoSettings(size=(60000, 60000), pixels="rgba", fps="10")
    with pytest.raises(SourceError, match=r"standard input is 60000x60000, 3600.0 megapixels, and the limit"):
        stylize_video(PIPE, tmp_path / "out.mp4", CopyStylizer(), huge)
    assert not list(tmp_path.iterdir())


def test_y4m_holds_few_pixel_formats(clip: Path) -> None:
    with pytest.raises(SinkError, match="y4m holds no rgba; give --pixel-format yuv420p, yuv422p, yuv444p"):
        piped(clip, "y4m", VideoSettings(pixels="rgba"))


def test_an_interrupted_stream_leaves_nothing_to_resume(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clip: Path, caplog: pytest.LogCaptureFixture
) -> None:
    feed(monkeypatch, piped(clip, "nut"))
    done: list[Progress] = []
    settings = VideoSettings(segment_frames=2)
    with pytest.raises(Stopped):
        stylize_video(
            PIPE, tmp_path / "out.mp4", CopyStylizer(), settings, progress=done.append, stop=lambda: len(done) > 3
        )
    assert [path.name for path in tmp_path.iterdir()] == ["in.mkv"]
    assert not caplog.messages


@pytest.mark.parametrize("kind", ["y4m", "rawvideo", "nut", "matroska"])
def test_a_reader_that_goes_away_ends_it(tmp_path: Path, clip: Path, kind: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    out = os.fdopen(writing, "wb")
    with pytest.raises(ReaderGoneError):
        stylize_to_pipe(clip, out, CopyStylizer(), kind=kind)
    with suppress(BrokenPipeError):
        out.close()


def run(home: Path, *arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    write_negative_style(home / "styles" / "negative.onnx")
    environment = {**os.environ, "NSTCAM_STYLES": str(home / "styles")}
    command = [sys.executable, "-m", "nstcam.realtime.cli.app", "video", *arguments]
    return subprocess.run(command, cwd=home, env=environment, input=data, capture_output=True, check=False)


def test_the_program_writes_the_video_alone(tmp_path: Path, clip: Path) -> None:
    frames = frames_of(clip)
    data = b"".join(frame.tobytes() for frame in frames)
    form = ("--pixel-format", "bgr24", "--style", "negative", "--steady", "0", "--no-brighten")
    done = run(tmp_path, "-", "-", "--size", "70x50", "--fps", "10", *form, data=data)
    assert done.stdout == b"".join((255 - frame).tobytes() for frame in frames)
    assert done.returncode == 0
    assert b"5 frames, 0.50 s, 70x50" in done.stderr
    nut = run(tmp_path, clip.name, "-", "--pipe", "nut", "--style", "negative")
    with av.open(io.BytesIO(nut.stdout), "r") as container:
        stream = container.streams.video[0]
        assert isinstance(stream, VideoStream)
        assert len(list(container.decode(stream))) == 5


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("-", "-", "--resume"), "--resume needs files"),
        (("-", "-", "--preview", "4"), "--preview needs files"),
        (("-", "--output-dir", "out"), "--output-dir needs files"),
        (("in.mkv", "-", "--json"), "--json would be written into the video"),
        (("in.mkv", "-", "--pipe", "avi"), "--pipe avi is unknown; choose one of y4m, rawvideo"),
        (("in.mkv", "out.mp4", "--pipe", "nut"), "--pipe and --pixel-format are for standard input and output"),
        (("in.mkv", "-", "--pixel-format", "purple"), "purple is not a pixel format"),
        (("-", "-", "--size", "70x50"), "--size is for raw pixels on standard input"),
        (("in.mkv", "out.mp4", "--size", "70x50"), "--size is for raw pixels on standard input"),
        (("-", "-", "--fps", "25"), "--fps is for raw pixels on standard input; give --size"),
    ],
)
def test_wrong_command_lines_are_refused(tmp_path: Path, clip: Path, arguments: tuple[str, ...], why: str) -> None:
    done = run_here(main, ("nstcam", "video", *arguments), tmp_path)
    assert done.returncode == 2
    assert why in done.stderr
    assert done.stderr.count("\n") == 1
    assert not done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_the_program_ends_quietly_when_nobody_reads(tmp_path: Path) -> None:
    write_negative_style(tmp_path / "styles" / "negative.onnx")
    clip = write_clip(tmp_path / "in.mp4", frames=40, picture=texture(96, 128))
    environment = {**os.environ, "NSTCAM_STYLES": str(tmp_path / "styles")}
    command = [sys.executable, "-m", "nstcam.realtime.cli.app", "video", str(clip), "-", "--style", "negative"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(100)
        process.stdout.close()
        lines = process.stderr.read().decode().splitlines()
        assert process.wait(60) == 141
    assert [line for line in lines if "running on the CPU" not in line] == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("begun", [False, True])
def test_ctrl_c_ends_a_program_that_waits_for_input(tmp_path: Path, clip: Path, begun: bool) -> None:
    write_negative_style(tmp_path / "styles" / "negative.onnx")
    environment = {**os.environ, "NSTCAM_STYLES": str(tmp_path / "styles")}
    command = [sys.executable, "-m", "nstcam.realtime.cli.app", "video", "-", "out.mp4", "--style", "negative"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        head = b"YUV4MPEG2 W64 H48 F25:1 C444\n"
        process.stdin.write(head + (b"FRAME\n" + texture(48, 64).tobytes()) * 40 if begun else head[:4])
        process.stdin.flush()
        until(lambda: not unread(process.stdin))  # so it waits for more
        if begun:
            until(lambda: any(tmp_path.glob(".out.mp4*")))
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert b"Traceback" not in process.stderr.read()
    assert {path.name for path in tmp_path.iterdir()} == {"styles", clip.name}


def unread(pipe: Any) -> int:
    """Bytes in a pipe that nobody has read."""
    import fcntl  # not on Windows
    import termios

    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def test_an_address_is_read_in_place_of_standard_input(tmp_path: Path, clip: Path) -> None:
    with serving(tmp_path) as address:
        settings = VideoSettings(url=f"{address}/{clip.name}?token=secret", end=0.15)
        stylize_video(PIPE, tmp_path / "out.mp4", CopyStylizer(), settings)
        times = [float(time) for time in look(tmp_path / "out.mp4").times]
        assert times == pytest.approx([float(time) for time in look(clip).times if time < 0.15], abs=0.001)
        assert times
        with pytest.raises(SourceError) as told:
            stylize_video(PIPE, tmp_path / "b.mp4", CopyStylizer(), VideoSettings(url=f"{address}/no.mkv?token=secret"))
    assert "/no.mkv could not be opened; check the address, user and password" in str(told.value)
    assert "secret" not in str(told.value)


def test_an_address_leads_nowhere_else(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "list.txt").write_text(f"ffconcat version 1.0\nfile {clip}\n")
    with serving(tmp_path) as address, pytest.raises(SourceError):
        stylize_video(PIPE, tmp_path / "out.mp4", CopyStylizer(), VideoSettings(url=f"{address}/list.txt"))
    with pytest.raises(SourceError, match="is of a format that is not opened unasked"):
        stylize_video(PIPE, tmp_path / "out.mp4", CopyStylizer(), VideoSettings(url=f"file://{clip}"))


def test_a_journal_holds_no_address() -> None:
    assert "url" not in settings_values(VideoSettings(url="rtsp://u:secret@host/"), "h264", "1/1")
