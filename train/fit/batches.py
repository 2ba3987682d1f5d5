"""Batches of training crops, on the device that trains."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

import cv2
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from nstcam.train.content.crops import TrainingCrops
from nstcam.train.content.sources import ContentSource
from nstcam.train.errors import TrainError
from nstcam.train.fit.config import TrainConfig

MOST_WORKERS: Final = 32
"""More than any GPU needs; each has some ten MB of its own, and takes a moment to start."""


def training_batches(config: TrainConfig, source: ContentSource, first: int, device: torch.device) -> Iterator[Tensor]:
    """Endless batches (N, 3, crop, crop) on `device`, beginning with sample number `first`.

    Raises:
        TrainError: the content cannot be read, in a process of its own or not.
    """
    crops = TrainingCrops(source, config.crop, config.seed, first, count=2**31)
    workers = worker_count(device)
    loader = DataLoader(
        crops,
        config.batch,
        num_workers=workers,
        persistent_workers=workers > 0,
        pin_memory=device.type == "cuda",
        worker_init_fn=_one_thread,
    )
    try:
        for batch in loader:
            yield batch.to(device, memory_format=torch.channels_last, non_blocking=True)
    except TrainError as error:  # of another process it comes with a whole traceback for its message
        raise TrainError(str(error).strip().rpartition(f"{TrainError.__name__}: ")[2]) from error


def worker_count(device: torch.device) -> int:
    """Processes that make crops beside the training; none where it takes all cores itself.

    Beside a GPU one for each core but the one that feeds it: a built-in picture takes a core some 60 ms, a photograph
    ten, and a GPU wants a hundred and more a second.
    """
    return min(available_cores() - 1, MOST_WORKERS) if device.type == "cuda" else 0


def available_cores() -> int:
    """The cores this process may use: a container or a scheduler may give it fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _one_thread(_worker: int) -> None:
    """There are as many workers as cores: OpenCV's threads would only be in each other's way.

    0 works without threads; at 1 OpenCV would first wait for its threads to end, which a forked process does not have.
    """
    cv2.setNumThreads(0)
