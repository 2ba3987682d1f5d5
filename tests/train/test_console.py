"""Tests the progress line of nst-train and nst-paint, and asking them to stop."""

from __future__ import annotations

import signal

import pytest
from rich.console import Console

from nstcam.train.console import stopping_on_signals
from nstcam.train.progress import Stop
from nstcam.train.progress_bar import progress_bar


@pytest.mark.parametrize("name", ["wave", "the-garden-of-earthly-delights"])
@pytest.mark.parametrize("width", [80, 120])
def test_a_narrow_terminal_shows_how_far_it_is_and_how_long_it_takes(name: str, width: int) -> None:
    bar = progress_bar()
    bar.add_task(name, total=10, completed=7, figures="step 1000  content 0.58  style 1.81  0.50 s/step")
    console = Console(width=width)
    with console.capture() as shown:
        console.print(bar.get_renderable())
    for part in (name[:10], " 70% ", " -:--:-- ", "step 1000  content 0.58  style 1.81"):
        assert part in shown.get()


def test_a_closed_terminal_asks_to_stop_even_twice(hang_up: signal.Signals) -> None:
    stop = Stop()
    with stopping_on_signals(stop):
        for _ in range(2):
            signal.raise_signal(hang_up)
        assert stop.asked
    assert signal.getsignal(hang_up) is signal.SIG_DFL


def test_under_nohup_a_closed_terminal_changes_nothing(hang_up: signal.Signals) -> None:
    signal.signal(hang_up, signal.SIG_IGN)
    stop = Stop()
    with stopping_on_signals(stop):
        signal.raise_signal(hang_up)
    assert not stop.asked
