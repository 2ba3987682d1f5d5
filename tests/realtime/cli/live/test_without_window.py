"""Tests live sessions without a window as a user runs them."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from benchmarks.tools.desktop import App
from benchmarks.tools.stand_in import write_negative_style
from benchmarks.tools.waiting import until
from tests.support.commands import NSTCAM, run_nstcam
from tests.support.media.clips import write_clip

WITHOUT_WINDOW = [*NSTCAM, "--camera", "test", "--style", "negative", "--no-window"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A working folder with one style and a clip."""
    write_negative_style(tmp_path / "styles" / "negative.onnx")
    write_clip(tmp_path / "clip.mp4", frames=6)
    return tmp_path


def test_live_without_a_window(home: Path) -> None:
    done = run_nstcam(
        home, "--camera", "test", "--style", "negative", "--no-window", "--frames", "5", "--device", "cpu"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("5 frames, ")
    assert "on CPU" in done.stdout


def test_loop_says_that_a_source_without_an_end_cannot_repeat(home: Path) -> None:
    done = run_nstcam(home, "--camera", "test", "--loop", "--style", "negative", "--no-window", "--frames", "2")
    assert done.returncode == 0
    assert "--loop repeats clips; test pattern has no end" in done.stderr


def test_a_clip_as_camera_ends_by_itself(home: Path) -> None:
    done = run_nstcam(home, "--camera", "clip.mp4", "--style", "negative", "--no-window")
    assert done.returncode == 0, done.stderr


def test_ctrl_c_ends_live_with_a_summary(home: Path) -> None:
    app = App(None, home, ["--camera", "test", "--style", str(home / "styles" / "negative.onnx")])
    until(lambda: app.status()["frames"] > 1)
    app.process.send_signal(signal.SIGINT)
    until(lambda: app.process.poll() is not None)
    said = app.close()
    assert app.process.returncode == 0, said
    assert " frames, " in said
    assert "Traceback" not in said


def test_a_session_without_a_window_obeys_lines(home: Path) -> None:
    environment = {**os.environ, "NSTCAM_STYLES": str(home / "styles")}
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        WITHOUT_WINDOW, cwd=home, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write("strength 0.5\nnonsense\nstatus\nquit\n")
    process.stdin.flush()  # and stays open
    lines = [process.stdout.readline() for _ in range(5)]
    assert process.wait(timeout=60) == 0
    assert process.stderr
    assert "Fatal" not in process.stderr.read()
    assert lines[0].startswith("ok")
    assert lines[1].startswith("error 'nonsense'")
    assert json.loads(lines[2])["strength"] == 0.5
    process.communicate()


def test_garbage_on_standard_input_is_survived(home: Path) -> None:
    command = [*WITHOUT_WINDOW, "--device", "cpu"]
    environment = {**os.environ, "NSTCAM_STYLES": str(home / "styles")}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=home, env=environment, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        out, error = process.communicate(
            b"\xff\xfe\x00\n" + b"x" * 5000 + b"\nstrength 0.5\nstatus\nquit\n", timeout=60
        )
    assert (process.returncode, error) == (0, b"")
    answers = out.decode().splitlines()
    assert answers[0].startswith("error ")
    assert next(json.loads(line) for line in answers if line.startswith("{"))["strength"] == 0.5
