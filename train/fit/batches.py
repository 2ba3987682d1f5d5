"""Batches of training crops on the training device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import cv2
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from nstcam.train.content.crops import TrainingCrops
from nstcam.train.content.sources import ContentSource
from nstcam.train.cores import available_cores
from nstcam.train.errors import TrainError
from nstcam.train.fit.config import TrainConfig

MOST_WORKERS: Final = 32
"""More than any GPU needs. Each worker takes about ten MB and a moment to start."""


def training_batches(config: TrainConfig, source: ContentSource, first: int, device: torch.device) -> Iterator[Tensor]:
    """Yields batches without end: (N, 3, crop, crop) RGB in 0..1 on `device`, starting with sample number `first`.

    Raises:
        TrainError: the content cannot be read.
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
    except TrainError as error:  # from a worker, its message contains a whole traceback
        raise TrainError(str(error).strip().rpartition(f"{TrainError.__name__}: ")[2]) from error


def worker_count(device: torch.device) -> int:
    """How many processes make crops while the training runs: 0 on the CPU, where the training uses all cores.

    With a GPU there is one for each core except the one that feeds it. A built-in picture takes about 60 ms on a core,
    a photograph 10 ms, and a GPU consumes a hundred or more per second.
    """
    return min(available_cores() - 1, MOST_WORKERS) if device.type == "cuda" else 0


def _one_thread(_worker: int) -> None:
    """Turns off OpenCV's threads: with a worker per core they would only compete.

    0 disables them. With 1 OpenCV would first wait for its threads to end, and a forked process does not have them.
    """
    cv2.setNumThreads(0)
