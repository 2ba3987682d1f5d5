"""Tests the optimizer SOAP: faster than Adam on skewed problems, the same after resuming, plain Adam for vectors."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from nstcam.train.fit import soap
from nstcam.train.fit.soap import Soap
from tests.support.models.rounding import apart, rounding

Loss = Callable[[Tensor], Tensor]


def skewed(rows: int = 12, columns: int = 30) -> Loss:
    """A quadratic valley across the axes: Adam, which scales each weight alone, is slow in it."""
    generator = torch.Generator().manual_seed(0)

    def factor(size: int) -> Tensor:
        turn = torch.linalg.qr(torch.randn(size, size, generator=generator))[0]
        out: Tensor = torch.diag(torch.logspace(0, -2, size)) @ turn
        return out

    left, right, goal = factor(rows), factor(columns), torch.randn(rows, columns, generator=generator)

    def loss(weight: Tensor) -> Tensor:
        out: Tensor = ((left @ (weight.reshape(rows, columns) - goal) @ right.T) ** 2).sum()
        return out

    return loss


def descend(optimizer: torch.optim.Optimizer, weight: Tensor, loss: Loss, steps: int, fading: bool = False) -> float:
    for step in range(steps):
        if fading:
            optimizer.param_groups[0]["lr"] = 0.1 * (1 - step / steps)
        optimizer.zero_grad()
        value = loss(weight)
        value.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return float(loss(weight).detach())


def test_across_a_skewed_valley_it_is_ahead_of_adam() -> None:
    loss, ends = skewed(), []
    for kind in (Soap, torch.optim.Adam):
        weight = torch.zeros(12, 30, requires_grad=True)
        ends.append(descend(kind([weight], lr=0.1), weight, loss, 150, fading=True))
    assert ends[0] < 0.5 * ends[1], ends


def test_dead_channels_do_no_harm() -> None:
    """With such covariances, eigenvalues in float32 fail to converge one time in twenty (MKL)."""
    for seed in range(0, 80, 4):
        torch.manual_seed(seed)
        scale = 1e-3 * torch.exp(3 * torch.randn(1, 32, 1, 1))
        gradient = torch.randn(32, 32, 1, 1) * scale + 1e-4 * torch.randn(32, 32, 3, 3)
        gradient[:, torch.rand(32) < 0.5] = 0
        weight = torch.zeros(32, 32, 3, 3, requires_grad=True)
        weight.grad = gradient
        optimizer = Soap([weight], lr=0.1)
        optimizer.step()
        assert not weight.any(), "the first gradient only shows the directions"
        optimizer.step()
        assert weight.isfinite().all()
        assert torch.equal(weight.abs().amax((0, 2, 3)) > 1e-3, gradient.abs().amax((0, 2, 3)) > 0), (
            "only live ones move"
        )


def test_vectors_get_plain_adam() -> None:
    goal, ends = torch.arange(5.0), []
    for kind in (Soap, torch.optim.Adam):
        weight = torch.zeros(5, requires_grad=True)
        descend(kind([weight], lr=0.1, betas=(0.9, 0.99)), weight, lambda w: ((w - goal) ** 2).sum(), 20)
        ends.append(weight.detach())
    assert apart(ends[0], ends[1]) < rounding(20)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_convolutions_are_trained_in_any_layout(layout: torch.memory_format) -> None:
    loss = skewed(4, 36)
    weight = torch.zeros(4, 4, 3, 3).to(memory_format=layout).requires_grad_()
    plain = torch.zeros(4, 36, requires_grad=True)
    assert descend(Soap([weight], lr=0.02), weight, loss, 30) == pytest.approx(
        descend(Soap([plain], lr=0.02), plain, loss, 30),
        rel=rounding(36, magnified=30 * 10),  # 30 steps down a narrow valley
    )


def test_a_long_side_is_left_unturned() -> None:
    loss, weight = skewed(4, 600), torch.zeros(4, 600, requires_grad=True)
    optimizer = Soap([weight], lr=0.02)
    assert descend(optimizer, weight, loss, 30) < 0.9 * float(loss(torch.zeros(4, 600)))
    assert [b is None for b in optimizer.state[weight]["bases"]] == [False, True]


def test_the_bases_stay_orthogonal() -> None:
    weight = torch.zeros(12, 30, requires_grad=True)
    optimizer = Soap([weight], lr=0.02)
    descend(optimizer, weight, skewed(), 100)
    for basis in optimizer.state[weight]["bases"]:
        assert apart(basis.T @ basis, torch.eye(len(basis))) < rounding(len(basis))


def test_bases_found_together_are_those_found_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights of a step on a GPU: two of one shape, a square one and a vector."""
    shapes = [(12, 30), (12, 30), (30, 8, 1, 1), (5,)]
    generator = torch.Generator().manual_seed(0)
    gradients = [[torch.randn(shape, generator=generator) for shape in shapes] for _ in range(7)]
    sizes: list[int] = []
    refreshed = soap._refreshed

    def recorded(basis: Tensor, covariance: Tensor) -> tuple[Tensor, Tensor]:
        sizes.append(len(basis) if basis.ndim == 3 else 1)
        return refreshed(basis, covariance)

    monkeypatch.setattr(soap, "_refreshed", recorded)
    ends: list[list[Tensor]] = []
    for together in (False, True):
        monkeypatch.setattr(soap, "_pays_together", lambda _, together=together: together)
        sizes.clear()
        weights = [torch.zeros(shape, requires_grad=True) for shape in shapes]
        optimizer = Soap(weights, lr=0.02)
        for step in gradients:
            for weight, gradient in zip(weights, step, strict=True):
                weight.grad = gradient.clone()
            optimizer.step()
        assert sizes[:3] == ([2, 3, 1] if together else [1, 1, 1])  # sides of 12, of 30 and of 8
        bases = [basis for weight in weights for basis in optimizer.state[weight]["bases"] if basis is not None]
        second = [optimizer.state[weight]["second"] for weight in weights]
        ends.append([weight.detach() for weight in weights] + bases + second)
    for one_by_one, at_once in zip(*ends, strict=True):
        assert apart(at_once, one_by_one) < rounding(30, magnified=100)  # six iterations of random matrices


def test_only_gpus_refresh_together() -> None:
    assert soap._pays_together(torch.device("cuda"))
    assert not soap._pays_together(torch.device("cpu"))


def test_it_goes_on_from_its_state() -> None:
    loss, whole = skewed(), torch.zeros(12, 30, requires_grad=True)
    descend(Soap([whole], lr=0.02), whole, loss, 33)
    parts = torch.zeros(12, 30, requires_grad=True)
    first = Soap([parts], lr=0.02)
    descend(first, parts, loss, 17)
    second = Soap([parts], lr=0.5)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    descend(second, parts, loss, 16)
    assert torch.equal(whole, parts)
