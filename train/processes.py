"""The processes that train one network together, each on its share of every batch (PyTorch's process groups).

Each takes the same step: gradients are averaged, then process 0 moves the weights and the others take them from it.
Tensors of GPUs travel through NCCL, those of CPUs through gloo; a training on one process uses neither.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor
from torch._C._distributed_c10d import Store, TCPStore

from nstcam.train.errors import TrainError, UsageError

MOST_PROCESSES: Final = 1024
_PATIENCE: Final = timedelta(minutes=30)
"""How long a process waits for another, which may be writing a contact sheet or reading its content."""
_MESSAGE_BYTES: Final = 2048
"""The longest text of an error that one process tells the others."""


_Made = TypeVar("_Made")


class LostError(TrainError):
    """Another process of this training has ended, or cannot be reached."""


class ToldError(TrainError):
    """What process 0 tells the user: this process need not."""


@dataclass(frozen=True)
class Processes:
    """This process among those of a training.

    Attributes:
        rank: its number; 0 alone writes files and reports.
        count: how many there are.
        local_rank, local_count: the same among those on this machine.
    """

    rank: int = 0
    count: int = 1
    local_rank: int = 0
    local_count: int = 1

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def share_of(self, batch: int) -> slice:
        """Which of the pictures of a batch are this process's.

        Raises:
            TrainError: they cannot be shared out evenly.
        """
        if batch % self.count:
            fitting = [n for n in range(1, batch + 1) if batch % n == 0]
            raise TrainError(
                f"a batch of {batch} cannot be divided among {self.count} processes; "
                f"use {', '.join(map(str, fitting))} of them, or start a new run with another --batch"
            )
        size = batch // self.count
        return slice(self.rank * size, (self.rank + 1) * size)

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Puts the mean over all processes into these float32 tensors, of one device, in one message."""
        if self.count == 1:
            return
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
        with reaching():
            dist.all_reduce(flat)
        flat /= self.count
        for tensor, part in zip(tensors, torch.split(flat, [tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(part.view_as(tensor))

    def take_from_first(self, tensors: Sequence[Tensor]) -> None:
        """Puts process 0's values into these tensors, in one message for each type."""
        if self.count == 1:
            return
        for dtype in dict.fromkeys(tensor.dtype for tensor in tensors):
            alike = [tensor for tensor in tensors if tensor.dtype == dtype]
            flat = torch.cat([tensor.reshape(-1) for tensor in alike])
            with reaching():
                dist.broadcast(flat, 0)
            for tensor, part in zip(alike, torch.split(flat, [tensor.numel() for tensor in alike]), strict=True):
                tensor.copy_(part.view_as(tensor))

    def gathered(self, tensor: Tensor) -> Tensor:
        """(n, ...) of each process -> (count * n, ...), in the order of the processes; without gradients."""
        if self.count == 1:
            return tensor
        own = tensor.contiguous()
        found = [torch.empty_like(own) for _ in range(self.count)]
        with reaching():
            dist.all_gather(found, own)
        return torch.cat(found)

    def first_of(self, value: float) -> float:
        """Process 0's value."""
        told = torch.tensor([value], dtype=torch.float64)
        self.take_from_first([told])
        return float(told)

    def any_of(self, value: bool) -> bool:
        """Whether it is true for any process."""
        if self.count == 1:
            return value
        told = torch.tensor([float(value)], dtype=torch.float64)
        with reaching():
            dist.all_reduce(told)
        return bool(told)

    def together(self, make: Callable[[], _Made]) -> _Made:
        """What `make` returns, which must succeed in every process.

        Raises:
            TrainError: it did not in this process, or in another one, whose number the text names.
            ToldError: instead, in all processes but the first.
        """
        made, error = None, None
        try:
            made = make()
        except TrainError as found:
            error = found
        self._check_all(error)
        return made  # type: ignore[return-value]

    def _check_all(self, error: TrainError | None) -> None:
        if self.count > 1:
            text = b"" if error is None else str(error).encode()[:_MESSAGE_BYTES]
            said = torch.zeros(_MESSAGE_BYTES, dtype=torch.uint8)
            said[: len(text)] = torch.frombuffer(bytearray(text), dtype=torch.uint8) if text else 0
            for rank, row in enumerate(self.gathered(said[None])):
                told = bytes(row.tolist()).rstrip(b"\0").decode(errors="replace")
                if told and not self.leads:
                    raise ToldError(told)
                if told and error is None:
                    raise TrainError(f"process {rank}: {told}")
        if error is not None:
            raise error

    def check_same(self, digest: bytes, what: str) -> None:
        """Raises TrainError unless `digest` is that of process 0 in every process."""
        if self.count == 1:
            return
        rows = self.gathered(torch.frombuffer(bytearray(digest), dtype=torch.uint8)[None])
        for rank, row in enumerate(rows):
            if not torch.equal(row, rows[0]):
                raise TrainError(f"process {rank} has {what} than process 0; give all of them the same")


ALONE: Final = Processes()


def from_environment(environment: Mapping[str, str]) -> Processes:
    """The place that torchrun, or `nst-train --processes`, has given this process; ALONE without any.

    Raises:
        UsageError: the variables are not numbers, or do not fit each other.
    """
    if "RANK" not in environment or "WORLD_SIZE" not in environment:
        return ALONE
    names = "RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"
    try:
        rank, count, local, beside = (int(environment[name]) for name in names)
    except (KeyError, ValueError) as error:
        raise UsageError(f"{', '.join(names)} are not all whole numbers; start nst-train with torchrun") from error
    if not 0 <= rank < count <= MOST_PROCESSES or not 0 <= local < beside <= count:
        raise UsageError(
            f"RANK {rank}, WORLD_SIZE {count}, LOCAL_RANK {local} and LOCAL_WORLD_SIZE {beside} do not fit together; "
            "start nst-train with torchrun"
        )
    return Processes(rank, count, local, beside)


@contextmanager
def joined(processes: Processes, store: Store | None = None) -> Iterator[None]:
    """Within the block the processes can reach each other.

    Args:
        store: where they meet; None: at MASTER_ADDR and MASTER_PORT of the environment.

    Raises:
        LostError: they cannot be reached.
    """
    if processes.count == 1:
        yield
        return
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() and dist.is_nccl_available() else "gloo"
    place: dict[str, Any] = {"rank": processes.rank, "world_size": processes.count, "timeout": _PATIENCE}
    place |= {"store": store} if store is not None else {"init_method": "env://"}
    with reaching():
        if store is None and processes.rank > 0 and "TORCHELASTIC_RUN_ID" not in os.environ:
            meeting = TCPStore(os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]), is_master=False)
            meeting.set(check_in_key(processes.rank), "here")
        dist.init_process_group(backend, **place)
    try:
        yield
    finally:
        dist.destroy_process_group()


def check_in_key(rank: int) -> str:
    """What a process sets in the store where all meet, before it waits for the others."""
    return f"nst-train/here/{rank}"


@contextmanager
def reaching() -> Iterator[None]:
    """Turns PyTorch's many errors about processes that are gone into one."""
    try:
        yield
    except (RuntimeError, ValueError, KeyError) as error:
        if os.environ.get("NSTCAM_DEBUG"):
            raise
        raise LostError(
            "another process of this training has ended or cannot be reached; continue with --resume"
        ) from error
