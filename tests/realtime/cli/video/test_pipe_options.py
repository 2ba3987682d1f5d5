"""Tests nstcam video with standard input and output in place of files."""

from __future__ import annotations

import array
import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import pytest
from av.video.stream import VideoStream

from benchmarks.tools.stand_in import write_negative_style
from benchmarks.tools.waiting import until
from nstcam.realtime.cli.app import main
from tests.support.commands import run_here
from tests.support.media.clips import texture, write_clip
from tests.support.media.pipes import frames_of


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "in.mkv", frames=5, picture=texture(50, 70))


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
