"""Tests what processes tell each other, with a partner whose tensors are given here in place of messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch import Tensor

from nstcam.train.errors import TrainError, UsageError
from nstcam.train.processes import (
    ALONE,
    LostError,
    Processes,
    ToldError,
    check_in_key,
    from_environment,
    joined,
    reaching,
)

FIRST, SECOND = Processes(0, 2, 0, 2), Processes(1, 2, 1, 2)


@pytest.fixture
def partner(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Sets what the other one of two processes has, flat; process 0 broadcasts it."""
    has: list[Tensor] = []

    def all_gather(found: list[Tensor], own: Tensor) -> None:
        found[0].copy_(own)
        found[1].copy_(has.pop(0).reshape(own.shape).to(own.dtype))

    monkeypatch.setattr(dist, "all_reduce", lambda flat: flat.add_(has.pop(0).reshape(flat.shape)))
    monkeypatch.setattr(dist, "broadcast", lambda flat, rank: flat.copy_(has.pop(rank).reshape(flat.shape)))
    monkeypatch.setattr(dist, "all_gather", all_gather)
    return lambda values: has.append(torch.as_tensor(values))


def test_means_and_values_of_the_first_come_in_one_message(partner: Callable[[Any], None]) -> None:
    tensors = [torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([5.0])]
    partner([3.0, 4.0, 5.0, 6.0, 9.0])
    FIRST.average(tensors)
    assert tensors[0].tolist() == [[2, 3], [4, 5]]
    assert tensors[1].tolist() == [7]
    partner([10.0, 11, 12, 13, 14])
    partner([7])
    counter = torch.tensor(1)
    SECOND.take_from_first([tensors[0], counter, tensors[1]])
    assert (tensors[0].tolist(), tensors[1].tolist(), int(counter)) == ([[10, 11], [12, 13]], [14], 7)
    partner([0.25])
    assert SECOND.first_of(1.0) == 0.25


def test_what_all_have_is_in_the_order_of_the_processes(partner: Callable[[Any], None]) -> None:
    partner([[3, 4]])
    assert FIRST.gathered(torch.tensor([[1, 2]])).tolist() == [[1, 2], [3, 4]]
    for mine, other in ((True, 0.0), (False, 1.0), (False, 0.0)):
        partner([other])
        assert FIRST.any_of(mine) == (mine or bool(other))


def test_alone_nothing_is_sent() -> None:
    tensor = torch.tensor([1.0])
    ALONE.average([tensor])
    ALONE.take_from_first([tensor])
    assert ALONE.gathered(tensor) is tensor
    assert (ALONE.any_of(True), ALONE.any_of(False), ALONE.first_of(3.0)) == (True, False, 3)
    assert ALONE.together(lambda: 7) == 7
    ALONE.check_same(b"x", "other content")
    with joined(ALONE):
        assert not dist.is_initialized()


def fails() -> int:
    raise TrainError("mine " + "x" * 3000)


@pytest.mark.parametrize(
    ("processes", "make", "told", "kind", "says"),
    [
        (FIRST, lambda: 7, "", None, ""), (FIRST, lambda: 7, "theirs", TrainError, "^process 1: theirs$"),
        (FIRST, fails, "theirs", TrainError, "^mine x{3000}$"), (SECOND, lambda: 7, "theirs", ToldError, "^theirs$"),
        (SECOND, fails, "", ToldError, "^mine x{2043}$"),
    ],
)  # fmt: skip
def test_what_fails_in_one_fails_in_all(
    processes: Processes, make: Callable[[], int], told: str, kind: type[TrainError] | None, says: str,
    partner: Callable[[Any], None],
) -> None:  # fmt: skip
    partner(list(told.encode().ljust(2048, b"\0")))
    if kind is None:
        assert processes.together(make) == 7
        return
    with pytest.raises(TrainError, match=says) as failed:
        processes.together(make)
    assert type(failed.value) is kind


def test_all_have_the_same_content(partner: Callable[[Any], None]) -> None:
    partner([1, 2])
    FIRST.check_same(b"\1\2", "other content")
    partner([1, 3])
    with pytest.raises(TrainError, match=r"^process 1 has other content than process 0; give all of them the same$"):
        FIRST.check_same(b"\1\2", "other content")


def test_a_batch_is_shared_out_evenly() -> None:
    assert [Processes(rank, 3).share_of(12) for rank in range(3)] == [slice(0, 4), slice(4, 8), slice(8, 12)]
    with pytest.raises(TrainError, match=r"^a batch of 4 cannot be divided among 3 processes; use 1, 2, 4 of them, or"):
        Processes(0, 3).share_of(4)
    assert (FIRST.leads, SECOND.leads, check_in_key(3)) == (True, False, "nst-train/here/3")


@pytest.mark.parametrize(
    ("values", "fits"),
    [
        ("0 1 0 1", True), ("1 2 1 2", True), ("2 2 1 2", False), ("-1 2 1 2", False), ("1 2 2 2", False),
        ("1 2 -1 2", False), ("1 2 1 3", False), ("1 4 1 2", True), ("0 1024 0 8", True), ("0 1025 0 8", False),
    ],
)  # fmt: skip
def test_places_that_fit_together(values: str, fits: bool) -> None:
    environment = dict(zip(("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"), values.split(), strict=True))
    if fits:
        assert from_environment(environment) == Processes(*map(int, values.split()))
    else:
        with pytest.raises(UsageError, match="do not fit together; start nst-train with torchrun"):
            from_environment(environment)
    del environment["RANK"]
    assert from_environment(environment) == ALONE


def test_errors_about_processes_that_are_gone_are_one() -> None:
    for kind in (RuntimeError, ValueError, KeyError):
        with pytest.raises(LostError, match="continue with --resume"), reaching():
            raise kind("connection reset by peer")
