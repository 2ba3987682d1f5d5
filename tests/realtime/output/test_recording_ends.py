"""Tests how recordings of the program end: killed, interrupted, on a full disk."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.capture.clip import read_clip
from nstcam.realtime.cli.running.interrupt import stop_on_interrupt
from tests.support.media.clips import look

COMMAND = [
    sys.executable, "-m", "nstcam.realtime.cli.app", "--camera", "test", "--style", "starry", "--output-size", "96x64",
    "--no-window", "--threads", "1", "--device", "cpu", "--record",
]  # fmt: skip


def running(tmp_path: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([*COMMAND, str(tmp_path / "out.mp4")], stderr=subprocess.DEVNULL)
    part = tmp_path / "out.part.mkv"
    until(lambda: part.exists() and part.stat().st_size > 30_000)
    return process


def test_a_killed_recording_plays(tmp_path: Path) -> None:
    process = running(tmp_path)
    process.kill()
    process.wait()
    assert [p.name for p in tmp_path.iterdir()] == ["out.part.mkv"]
    assert len(look(tmp_path / "out.part.mkv").times) >= 10


def test_ctrl_c_completes_the_file(tmp_path: Path) -> None:
    process = running(tmp_path)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 0
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]
    seen = look(tmp_path / "out.mp4")
    assert len(seen.times) >= 10
    assert seen.times[0] == 0


def test_a_closed_terminal_completes_the_file(tmp_path: Path, hang_up: signal.Signals) -> None:
    process = running(tmp_path)
    for _ in range(2):  # from its shell, and from the system
        process.send_signal(hang_up)
        time.sleep(0.001)
    process.wait(timeout=60)
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]


def test_nohup_goes_on_without_its_terminal(hang_up: signal.Signals) -> None:
    signal.signal(hang_up, signal.SIG_IGN)
    with stop_on_interrupt() as stop:
        os.kill(os.getpid(), hang_up)
        assert not stop()


def recorded(tmp_path: Path, name: str, frames: int, *before: str) -> tuple[int, str]:
    """Exit code and what is told of a recording to a name without a folder."""
    command = [*before, *COMMAND, name, "--frames", str(frames), "--no-settings"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no such names there")
def test_a_name_with_a_colon_is_no_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert recorded(tmp_path, "12:30.mp4", 4) == (0, "nstcam: saved 12:30.mp4\n")
    monkeypatch.chdir(tmp_path)
    assert next(read_clip(Path("12:30.mp4"), threading.Event())).shape == (64, 84, 3)


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of the shell stands in for a full disk")
def test_a_full_disk_is_told_and_is_the_exit_code(tmp_path: Path) -> None:
    code, told = recorded(tmp_path, "out.mp4", 60, "bash", "-c", 'ulimit -f 4; exec "$@"', "bash")
    assert code == 1
    assert told.startswith("nstcam: cannot write out.mp4 (")
    assert told.endswith("; what came before is in out.part.mkv\n")
    assert told.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["out.part.mkv"]
