"""Batches of training crops, on the device that trains."""

from __future__ import annotations

import os
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from train.config import TrainConfig
from train.content import ContentSource, TrainingCrops


def training_batches(config: TrainConfig, source: ContentSource, first: int, device: torch.device) -> Iterator[Tensor]:
    """Endless batches (N, 3, crop, crop) on `device`, beginning with sample number `first`."""
    crops = TrainingCrops(source, config.crop, config.seed, first, count=2**31)
    workers = min((os.cpu_count() or 1) - 1, 8) if device.type == "cuda" else 0
    loader = DataLoader(
        crops, config.batch, num_workers=workers, persistent_workers=workers > 0, pin_memory=device.type == "cuda"
    )
    for batch in loader:
        yield batch.to(device, memory_format=torch.channels_last, non_blocking=True)
