"""The choice of device and threads, and the handling of signals, for nst-train and nst-paint."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import torch

from nstcam.train.cores import available_cores
from nstcam.train.errors import TrainError
from nstcam.train.progress import Stop


def pick_device(name: str) -> torch.device:
    """The device to compute on; auto takes CUDA if PyTorch can use it.

    Raises:
        TrainError: cuda was asked for and is not available.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise TrainError(f"--device cuda: PyTorch {torch.__version__} finds no CUDA GPU; use --device cpu")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def use_threads(count: int | None) -> None:
    """Lets PyTorch and OpenCV compute with so many CPU threads, but not more than there are cores, and says so then.

    Args:
        count: 1 or more; None changes nothing.
    """
    if count is None:
        return
    cores = available_cores()
    if count > cores:
        print(f"--threads {count}: using {cores}, one per core; more would be slower", file=sys.stderr)
    torch.set_num_threads(min(count, cores))
    cv2.setNumThreads(min(count, cores))


@contextmanager
def stopping_on_signals(stop: Stop) -> Iterator[None]:
    """Inside, the first Ctrl-C (or SIGTERM) sets `stop`: the step is finished and saved. The second works as usual.

    Closing the terminal (SIGHUP, perhaps twice) sets `stop` too; under nohup it stays ignored.
    """
    hang_up = getattr(signal, "SIGHUP", None)  # not on Windows
    asking = (signal.SIGINT, signal.SIGTERM, *([hang_up] if hang_up is not None else []))
    previous = {s: signal.getsignal(s) for s in asking}

    def ask(number: int, _: object) -> None:
        stop.asked = True
        if number != hang_up:
            signal.signal(number, previous[signal.Signals(number)])

    for s, handler in previous.items():
        if s != hang_up or handler is not signal.SIG_IGN:
            signal.signal(s, ask)
    try:
        yield
    finally:
        for s, handler in previous.items():
            signal.signal(s, handler)
