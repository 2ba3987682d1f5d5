"""Tests the progress line of nst-train and nst-paint, and asking them to stop."""

from __future__ import annotations

import signal

import cv2
import pytest
import torch
from rich.console import Console

from nstcam.train import console
from nstcam.train.console import pick_device, stopping_on_signals, use_threads
from nstcam.train.errors import TrainError
from nstcam.train.processes import ALONE, Processes
from nstcam.train.progress import Stop
from nstcam.train.progress_bar import progress_bar


@pytest.mark.parametrize("name", ["wave", "the-garden-of-earthly-delights"])
@pytest.mark.parametrize("width", [80, 120])
def test_a_narrow_terminal_shows_how_far_it_is_and_how_long_it_takes(name: str, width: int) -> None:
    bar = progress_bar()
    bar.add_task(name, total=10, completed=7, figures="step 1000  content 0.58  style 1.81  0.50 s/step")
    screen = Console(width=width)
    with screen.capture() as shown:
        screen.print(bar.get_renderable())
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


def test_the_first_signal_asks_and_the_second_works_as_usual() -> None:
    before = signal.signal(signal.SIGTERM, lambda *_: second.append(True))
    stop, second = Stop(), list[bool]()
    try:
        with stopping_on_signals(stop):
            signal.raise_signal(signal.SIGTERM)
            assert (stop.asked, second) == (True, [])
            signal.raise_signal(signal.SIGTERM)
            assert second == [True]
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize(
    ("gpus", "name", "processes", "device"),
    [
        (0, "auto", ALONE, "cpu"), (1, "cpu", ALONE, "cpu"), (1, "auto", ALONE, "cuda"), (1, "cuda", ALONE, "cuda"),
        (2, "auto", Processes(3, 4, 1, 2), "cuda:1"), (2, "cpu", Processes(3, 4, 1, 2), "cpu"),
    ],
)  # fmt: skip
def test_each_process_has_a_gpu_if_there_are_any(
    monkeypatch: pytest.MonkeyPatch, gpus: int, name: str, processes: Processes, device: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    used: list[torch.device] = []
    monkeypatch.setattr(torch.cuda, "set_device", used.append)
    assert str(pick_device(name, processes)) == device
    assert [str(one) for one in used] == ([device] if ":" in device else [])
    says = f"3 processes need a GPU each, and there are {gpus}; use {gpus} of them, or" if gpus else "finds no CUDA GPU"
    with pytest.raises(TrainError, match=says):
        pick_device("cuda", Processes(0, 3, 0, 3))


@pytest.mark.parametrize(
    ("count", "processes", "used", "told"),
    [
        (None, ALONE, None, ""), (3, ALONE, 3, ""), (6, ALONE, 6, ""),
        (7, ALONE, 6, "--threads 7: using 6, one per core; more would be slower"), (None, Processes(0, 4, 0, 4), 1, ""),
        (None, Processes(0, 4, 0, 2), 3, ""), (None, Processes(0, 9, 0, 9), 1, ""), (2, Processes(0, 2, 0, 2), 2, ""),
    ],
)  # fmt: skip
def test_threads(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    count: int | None, processes: Processes, used: int | None, told: str,
) -> None:  # fmt: skip
    threads: list[int] = []
    monkeypatch.setattr(console, "available_cores", lambda: 6)
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    monkeypatch.setattr(cv2, "setNumThreads", threads.append)
    use_threads(count, processes)
    assert threads == ([] if used is None else [used, used])
    assert capsys.readouterr().err.strip() == told
