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
from nstcam.train.processes import ALONE, Processes
from nstcam.train.progress import Stop


def pick_device(name: str, processes: Processes = ALONE) -> torch.device:
    """The device to compute on; auto takes CUDA if PyTorch can use it. Each process on a machine gets a GPU.

    Raises:
        TrainError: cuda was asked for and is not available, or there are fewer GPUs than processes.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise TrainError(f"--device cuda: PyTorch {torch.__version__} finds no CUDA GPU; use --device cpu")
    if name == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    if processes.count == 1:
        return torch.device("cuda")
    gpus, wanted = torch.cuda.device_count(), processes.local_count
    if gpus < wanted:
        raise TrainError(
            f"{wanted} processes need a GPU each, and there are {gpus}; use {gpus} of them, or --device cpu"
        )
    device = torch.device("cuda", processes.local_rank)
    torch.cuda.set_device(device)
    return device


def use_threads(count: int | None, processes: Processes = ALONE) -> None:
    """Lets PyTorch and OpenCV compute with so many CPU threads, but not more than there are cores, and says so then.

    Args:
        count: 1 or more; None changes nothing, or gives each of several processes its part of the cores.
        processes: those that share the cores of this machine.
    """
    cores = available_cores()
    if count is None and processes.count > 1:
        count = max(cores // processes.local_count, 1)
    if count is None:
        return
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
