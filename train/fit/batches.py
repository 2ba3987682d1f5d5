"""Batches of training crops, on the device that trains."""

from __future__ import annotations

import os
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from nstcam.train.content.crops import TrainingCrops
from nstcam.train.content.sources import ContentSource
from nstcam.train.errors import TrainError
from nstcam.train.fit.config import TrainConfig


def training_batches(config: TrainConfig, source: ContentSource, first: int, device: torch.device) -> Iterator[Tensor]:
    """Endless batches (N, 3, crop, crop) on `device`, beginning with sample number `first`.

    Raises:
        TrainError: the content cannot be read, in a process of its own or not.
    """
    crops = TrainingCrops(source, config.crop, config.seed, first, count=2**31)
    workers = worker_count(device)
    loader = DataLoader(
        crops, config.batch, num_workers=workers, persistent_workers=workers > 0, pin_memory=device.type == "cuda"
    )
    try:
        for batch in loader:
            yield batch.to(device, memory_format=torch.channels_last, non_blocking=True)
    except TrainError as error:  # of another process it comes with a whole traceback for its message
        raise TrainError(str(error).strip().rpartition(f"{TrainError.__name__}: ")[2]) from error


def worker_count(device: torch.device) -> int:
    """Processes that make crops beside the training; none where it takes all cores itself."""
    return min((os.cpu_count() or 1) - 1, 8) if device.type == "cuda" else 0
