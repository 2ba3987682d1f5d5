"""Tests that a style that never finishes a frame is named, and that signals end every command that runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from benchmarks.tools.waiting import until
from tests.support.fakes.live import frame_of
from tests.support.media.clips import write_clip
from tests.support.models.tiny import write_endless_style

if sys.platform == "win32":
    pytest.skip("signals are sent otherwise there", allow_module_level=True)

HASTY = (
    "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"  # nohup, which may run the tests, ignores it
    "from nstcam.realtime.cli import app\n"
    "from nstcam.realtime.cli.running import interrupt\n"
    "from nstcam.realtime.live import loop\n"
    "interrupt.SLOW_SECONDS, interrupt._LOOK_SECONDS, interrupt.STUCK_SECONDS, loop.CLOSING_SECONDS = {}\n"
    "app.main()\n"
)
COMMANDS = {
    "video": ("video", "clip.mp4", "out.mp4"),
    "image": ("image", "photo.png", "out.png"),
    "bench": ("bench",),
    "live": ("--no-window", "--camera", "test"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("endless")
    write_endless_style(folder / "endless.onnx")
    write_clip(folder / "clip.mp4")
    cv2.imwrite(str(folder / "photo.png"), frame_of(9))
    return folder


class Run:
    """A command at work on the endless style for longer than usual: it has said so."""

    def __init__(self, folder: Path, name: str, stuck: float = 1e9, stderr: int = subprocess.PIPE) -> None:
        program = [sys.executable, "-c", HASTY.format((0.3, 0.05, stuck, 0.2))]
        self.process = subprocess.Popen(
            [*program, *COMMANDS[name], "--style", "endless.onnx", "--device", "cpu"],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, text=True,
        )  # fmt: skip

    def first_line(self) -> str:
        assert self.process.stderr is not None
        # Ends the wait if nothing is told; not earlier than the line would come on a busy machine.
        giving_up = threading.Timer(120, self.process.kill)
        giving_up.start()
        try:
            return self.process.stderr.readline()
        finally:
            giving_up.cancel()

    def ended(self) -> tuple[int, str]:
        """The exit code and what else was told."""
        told = self.process.communicate(timeout=60)[1]
        return self.process.returncode, told


@pytest.fixture
def runs() -> Iterator[list[Run]]:
    started: list[Run] = []
    yield started
    for run in started:
        with run.process:  # closes its pipes
            run.process.kill()


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in ("image", "bench") else ()) for name in COMMANDS]
)
def test_the_second_ctrl_c_ends_it(folder: Path, runs: list[Run], name: str) -> None:
    runs.append(Run(folder, name))
    assert runs[0].first_line().startswith("nstcam: style endless has been at work on ")
    runs[0].process.send_signal(signal.SIGINT)
    if name != "live":  # which does not wait for the style
        assert runs[0].first_line().startswith("nstcam: stopping once style endless is done; a second Ctrl-C ends")
        runs[0].process.send_signal(signal.SIGINT)
    code, told = runs[0].ended()
    if name == "live":
        assert code == 0
        assert "ended without the last frame" in told
    else:
        assert code == 130
        assert told.startswith("nstcam: ended at once")
    assert not list(folder.glob("*out*.p*")), "neither output nor part"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_who_sends_one_signal_is_not_kept_waiting(folder: Path, runs: list[Run], number: int, code: int) -> None:
    """A closed terminal sends no second one."""
    runs.append(Run(folder, "video", stuck=0.5))
    runs[0].first_line()
    runs[0].process.send_signal(number)
    ended, told = runs[0].ended()
    assert ended == code
    assert "nstcam: ended without style endless" in told
    assert "--resume continues" in told


def test_the_terminal_gets_its_cursor_back(folder: Path, runs: list[Run]) -> None:
    ours, theirs = os.openpty()
    runs.append(Run(folder, "video", stuck=0.5, stderr=theirs))
    os.close(theirs)
    seen = b""

    def more(until_there: bytes) -> bool:
        nonlocal seen
        seen += os.read(ours, 4096)
        return until_there in seen

    until(lambda: more(b"\x1b[?25l") and b"has been at work" in seen)
    runs[0].process.send_signal(signal.SIGINT)
    until(lambda: more(b"\x1b[?25h"))
    assert seen.rindex(b"\x1b[?25h") > seen.rindex(b"\x1b[?25l")
    assert runs[0].process.wait(60) == 130
    os.close(ours)
