"""Tests nstcam video with standard input and output in place of files."""

from __future__ import annotations

import array
import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import pytest
import typer
from av.video.stream import VideoStream

from benchmarks.tools.stand_in import write_negative_style
from benchmarks.tools.waiting import until
from nstcam.realtime.cli.app import main
from nstcam.realtime.cli.video.pipe_options import check_pipes
from nstcam.realtime.video.painting import VideoSettings
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
        (("-", "--output-dir", "out"), "--output-dir needs files"),
        (("in.mkv", "-", "--pipe", "avi"), "--pipe avi is unknown; choose one of y4m, rawvideo"),
        (("in.mkv", "-", "--pixel-format", "purple"), "purple is not a pixel format"),
    ],
)
def test_wrong_command_lines_are_refused(tmp_path: Path, clip: Path, arguments: tuple[str, ...], why: str) -> None:
    done = run_here(main, ("nstcam", "video", *arguments), tmp_path)
    assert done.returncode == 2
    assert why in done.stderr
    assert done.stderr.count("\n") == 1
    assert not done.stdout


IN, OUT, DASH = Path("a.mp4"), Path("b.mp4"), Path("-")
RAW: Any = {"size": (4, 4), "pixels": "bgr24", "fps": "5"}
FILES_ONLY = "--size is for raw pixels on standard input: nstcam video - OUT --size --pixel-format --fps"
FOR_PIPES = "--pipe and --pixel-format are for standard input and output, like nstcam video IN -"
ADDRESS = "--url takes an address, which - stands for: nstcam video - OUT --url URL --to 60"
TERMINAL = "- is the terminal here; pipe a video in or out, or give the name of a file"
ONE_OF_EACH = "give IN and OUT; - stands for standard input or output"


@pytest.mark.parametrize(
    ("paths", "settings", "kind", "terminals", "told"),
    [
        ((IN, OUT), {}, None, "io", None),
        ((IN, OUT), {"fps": "5"}, None, "io", None),
        ((DASH, OUT), {}, None, "o", None),
        ((DASH, OUT), {}, None, "i", TERMINAL),
        ((IN, DASH), {}, "nut", "i", None),
        ((IN, DASH), {}, None, "o", TERMINAL),
        ((DASH, DASH), RAW, "y4m", "", None),
        ((DASH, OUT), {"pixels": "gray"}, None, "", None),
        ((IN, DASH), {"pixels": "gray"}, None, "", None),
        ((IN, OUT), {"pixels": "gray"}, None, "", FOR_PIPES),
        ((IN, OUT), {}, "nut", "", FOR_PIPES),
        ((DASH, OUT), {}, "nut", "", FOR_PIPES),
        ((DASH, OUT), RAW, None, "", None),
        ((IN, DASH), RAW, None, "", FILES_ONLY),
        ((DASH, OUT), {**RAW, "fps": None}, None, "", FILES_ONLY),
        ((DASH, OUT), {**RAW, "pixels": None}, None, "", FILES_ONLY),
        ((DASH, OUT), {"fps": "5", "pixels": "gray"}, None, "",
         "--fps is for raw pixels on standard input; give --size and --pixel-format, too"),
        ((DASH, OUT), {"url": "http://host/a"}, None, "io", None),
        ((IN, OUT), {"url": "http://host/a"}, None, "", ADDRESS),
        ((DASH, OUT), {"url": "http://host/a", **RAW}, None, "", ADDRESS),
        ((DASH, OUT), {"url": "host"}, None, "", ADDRESS),
        ((IN, OUT, DASH), {}, None, "", ONE_OF_EACH),
        ((DASH,), {}, None, "", ONE_OF_EACH),
        ((DASH, IN, OUT), {}, None, "", ONE_OF_EACH),
    ],
)  # fmt: skip
def test_what_a_pipe_can_do(
    monkeypatch: pytest.MonkeyPatch, paths: Any, settings: Any, kind: str | None, terminals: str, told: str | None
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: "i" in terminals))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(isatty=lambda: "o" in terminals))
    try:
        check_pipes(paths, VideoSettings(**settings), kind, as_json=False, needing_files={"--resume": False})
        seen = None
    except typer.BadParameter as error:
        seen = error.message
    assert seen == told


def test_options_that_need_files_are_told_by_name_and_json_only_where_it_would_be_in_the_video(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.BytesIO())
    monkeypatch.setattr(sys, "stdout", io.BytesIO())
    needing = {"--resume": False, "--preview": 4}
    check_pipes((IN, OUT), VideoSettings(), None, as_json=True, needing_files=needing)
    check_pipes((DASH, OUT), VideoSettings(), None, as_json=True, needing_files={})
    with pytest.raises(typer.BadParameter, match=r"^--preview needs files; standard input and output \(-\) are read"):
        check_pipes((DASH, OUT), VideoSettings(), None, as_json=False, needing_files=needing)
    with pytest.raises(typer.BadParameter, match=r"^--json would be written into the video on standard output; leave"):
        check_pipes((IN, DASH), VideoSettings(), None, as_json=True, needing_files={})


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
