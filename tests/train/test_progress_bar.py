"""Tests progress bars in a terminal and in a log file."""

from __future__ import annotations

import io
import logging
import sys

import pytest
from rich.console import Console
from rich.progress import Progress

from nstcam.train import progress_bar
from nstcam.train.progress_bar import AboveTheBar, Reporter, reporting


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr("nstcam.train.progress_bar.time.monotonic", lambda: self.now)


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def drawn(bar: Progress) -> str:
    console = Console(width=100)
    with console.capture() as shown:
        console.print(bar.get_renderable())
    return shown.get()


def test_the_time_left_is_there_from_the_first_step_on_a_slow_machine(hands: Clock) -> None:
    bar = progress_bar.progress_bar()
    reporter = Reporter(bar, "wave", 1.0)
    assert "-:--:--" in drawn(bar)
    hands.now += 60
    reporter.update(0.1, "step 1")
    assert "0:09:00" in drawn(bar)
    hands.now += 30  # within the next step
    assert "0:08:30" in drawn(bar)


def test_a_resumed_work_counts_only_its_own_time(hands: Clock) -> None:
    bar = progress_bar.progress_bar()
    reporter = Reporter(bar, "wave", 1.0, 0.5)
    hands.now += 10
    reporter.update(0.6, "")
    assert "0:00:40" in drawn(bar)


def test_a_log_file_gets_a_line_at_first_and_every_half_minute(
    hands: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with reporting("wave", 100) as reporter:
        for number in range(1, 41):
            hands.now += 2
            reporter.update(number, f"step {number}")
    lines = [line for line in capsys.readouterr().err.splitlines() if "step" in line]
    assert [line.split("step ")[1] for line in lines[:3]] == ["1  0:03:18 left", "16  0:02:48 left", "31  0:02:18 left"]
    assert lines[0].startswith("  1%  step 1 ")


def test_a_warning_stands_on_a_line_of_its_own_above_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    log = logging.Logger("test")
    log.addHandler(AboveTheBar())
    console = Console(file=screen, force_terminal=True, width=60, legacy_windows=False)
    with Progress(console=console, auto_refresh=False) as bar:
        bar.add_task("wave", total=2)
        bar.refresh()
        log.warning("a file is skipped")
        bar.refresh()
    before = screen.getvalue().split("a file is skipped")[0]
    assert before.endswith(("\r\x1b[2K", "\n")), repr(before[-40:])
