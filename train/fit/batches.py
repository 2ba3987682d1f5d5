"""Batches of training crops on the training device."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

import cv2
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Sampler

from nstcam.train.content.balanced import balanced
from nstcam.train.content.crops import TrainingCrops
from nstcam.train.content.sources import ContentSource
from nstcam.train.cores import available_cores
from nstcam.train.errors import TrainError
from nstcam.train.fit.config import TrainConfig
from nstcam.train.processes import ALONE, Processes

MOST_WORKERS: Final = 32
"""More than any GPU needs. Each worker takes about ten MB and a moment to start."""


class _Shares(Sampler[list[int]]):
    """The numbers of one process's samples, batch after batch without end: `share` of every `batch` of them."""

    def __init__(self, batch: int, share: slice) -> None:
        self._batch, self._share = batch, share

    def __iter__(self) -> Iterator[list[int]]:
        own = range(self._batch)[self._share]
        return ([begin + place for place in own] for begin in itertools.count(0, self._batch))


def training_batches(
    config: TrainConfig, source: ContentSource, first: int, device: torch.device, processes: Processes = ALONE
) -> Iterator[Tensor]:
    """Yields batches without end: (N, 3, crop, crop) RGB in 0..1 on `device`, starting with sample number `first`.

    Args:
        processes: those that share each batch of `config.batch` pictures; N is this one's part of it.

    Raises:
        TrainError: the content cannot be read, or batches cannot be shared out.
    """
    if config.crop_choice > 1:
        yield from _chosen_batches(config, source, first, device, processes)
        return
    crops = TrainingCrops(source, config.crop, config.seed, first, count=2**31)
    workers = worker_count(device, processes.local_count)
    loader = DataLoader(
        crops,
        batch_sampler=_Shares(config.batch, processes.share_of(config.batch)),
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


def _chosen_batches(
    config: TrainConfig, source: ContentSource, first: int, device: torch.device, processes: Processes
) -> Iterator[Tensor]:
    """Batches of crops in balanced order. What comes next depends on all before, so each process makes all of them, and
    a training that is resumed all from the start."""
    crops = TrainingCrops(source, config.crop, config.seed, first=0, count=2**31)
    chosen = itertools.islice(balanced(map(crops.__getitem__, itertools.count()), config.crop_choice), first, None)
    while True:
        batch = list(itertools.islice(chosen, config.batch))[processes.share_of(config.batch)]
        yield torch.stack(batch).to(device, memory_format=torch.channels_last)


def worker_count(device: torch.device, trainings: int = 1) -> int:
    """How many processes make crops while the training runs: 0 on the CPU, where the training uses all cores.

    Args:
        trainings: processes that train on this machine and share its cores.

    With a GPU there is one for each core except the one that feeds it. A built-in picture takes about 60 ms on a core,
    a photograph 10 ms, and a GPU consumes a hundred or more per second.
    """
    return min(max(available_cores() // trainings - 1, 0), MOST_WORKERS) if device.type == "cuda" else 0


def _one_thread(_worker: int) -> None:
    """Turns off OpenCV's threads: with a worker per core they would only compete.

    0 disables them. With 1 OpenCV would first wait for its threads to end, and a forked process does not have them.
    """
    cv2.setNumThreads(0)
