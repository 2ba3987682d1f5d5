"""Tests the average of Gram matrices over the batches of a training."""

from __future__ import annotations

import torch

from nstcam.train.loss.gram_memory import GramMemory


def grams(number: int, batch: int = 2) -> torch.Tensor:
    return torch.rand(batch, 3, 3, generator=torch.Generator().manual_seed(number))


def test_it_averages_over_batches() -> None:
    memory = GramMemory(0.75)
    first, second, third = (memory.with_earlier(grams(number)) for number in range(3))
    assert torch.equal(first, grams(0)), "there is nothing earlier"
    after_first = grams(0).mean(0)
    assert torch.allclose(second, 0.25 * grams(1) + 0.75 * after_first)
    after_second = 0.25 * grams(1).mean(0) + 0.75 * after_first
    assert torch.allclose(third, 0.25 * grams(2) + 0.75 * after_second)


def test_batches_may_differ_in_size() -> None:
    memory = GramMemory(0.5)
    memory.with_earlier(grams(0, 3))
    assert memory.with_earlier(grams(1, 1)).shape == (1, 3, 3)


def test_what_is_painted_now_is_taught_as_if_it_stood_alone() -> None:
    memory, target = GramMemory(0.75), grams(9, 1)
    earlier = grams(0).requires_grad_()
    memory.with_earlier(earlier)
    now = grams(1).requires_grad_()
    average = memory.with_earlier(now)
    (average - target).square().sum().backward()  # type: ignore[no-untyped-call]
    assert now.grad is not None
    assert torch.allclose(now.grad, 2 * (average - target).detach())
    assert earlier.grad is None, "a step that is over is not gone back to"


def test_without_a_share_gram_matrices_stand_alone() -> None:
    memory = GramMemory(0.0)
    for number in range(2):
        assert torch.equal(memory.with_earlier(grams(number)), grams(number))
