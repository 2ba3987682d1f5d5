"""Tests that shared statistics are those of one batch of all pictures, with a partner's sums given here."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, nn

from nstcam.train.network.shared_norm import SharedNorm, share_norms
from tests.support.models.tiny import TINY_JOHNSON, TINY_LITE, random_network


def moments(x: Tensor) -> Tensor:
    return torch.stack([x.mean((0, 2, 3)), x.square().mean((0, 2, 3))]).double()


@pytest.mark.parametrize("momentum", [0.1, None])
def test_two_halves_of_a_batch_are_normed_as_the_whole(monkeypatch: pytest.MonkeyPatch, momentum: float | None) -> None:
    torch.manual_seed(0)
    norms = nn.BatchNorm2d(3, momentum=momentum), SharedNorm(3, momentum=momentum)
    for norm in norms:
        norm.weight.data.copy_(torch.tensor([1.0, 2, 3]))
        norm.bias.data.copy_(torch.tensor([0.5, 0, -1]))
    monkeypatch.setattr(dist, "is_initialized", lambda: True)
    monkeypatch.setattr(dist, "get_world_size", lambda: 2)
    for step in range(3):
        x = torch.randn(4, 3, 5, 6) * (step + 1) + step
        whole, half = x.clone().requires_grad_(), x[:2].clone().requires_grad_()
        other = moments(x[2:])
        monkeypatch.setattr(dist, "all_reduce", lambda total, other=other: total.add_(other))
        expected, got = norms[0](whole)[:2], norms[1](half)
        assert torch.allclose(got, expected, atol=1e-5)
        monkeypatch.setattr(dist, "all_reduce", lambda total: total)  # the partner's loss is 0, as in the whole
        weights = torch.randn_like(got)
        (gradient,), (wanted,) = (
            torch.autograd.grad((y * weights).sum(), z) for y, z in ((got, half), (expected, whole))
        )
        assert torch.allclose(gradient, wanted[:2], atol=1e-5)
    for name, value in norms[0].state_dict().items():
        assert torch.allclose(norms[1].state_dict()[name], value, atol=1e-5), name
    y = torch.randn(2, 3, 4, 4)
    assert torch.equal(
        norms[1].eval()(y),
        nn.functional.batch_norm(y, norms[1].running_mean, norms[1].running_var, norms[1].weight, norms[1].bias),
    )


def test_all_batch_norms_of_a_network_are_shared_and_keep_their_values() -> None:
    network: Any = random_network(TINY_LITE)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    share_norms(network.train())
    kinds = {type(module) for module in network.modules() if isinstance(module, nn.BatchNorm2d)}
    assert kinds == {SharedNorm}
    assert all(module.training for module in network.modules())
    assert all(torch.equal(network.state_dict()[name], value) for name, value in before.items())
    johnson: Any = random_network(TINY_JOHNSON)
    share_norms(johnson)
    assert not any(isinstance(module, SharedNorm) for module in johnson.modules())
