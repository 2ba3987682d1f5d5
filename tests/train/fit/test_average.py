"""Tests the moving average of the weights: how far back it reaches, and which tensors it averages."""

import pytest
import torch
from torch import Tensor, nn

from nstcam.train.fit.average import MovingAverage, blend, memory
from nstcam.train.network.networks import LiteNet
from tests.support.models.tiny import TINY_LITE, random_network


def test_it_forgets_the_start_of_a_short_run() -> None:
    average = torch.ones(1)
    for count in range(1, 31):
        blend([average], [torch.zeros(1)], memory(0.995, count))
    assert average < 0.01
    long_memory = torch.ones(1)
    blend([long_memory], [torch.zeros(1)], memory(0.995, 10**6))
    assert long_memory == pytest.approx(0.995)


def stem(network: nn.Module) -> Tensor:
    assert isinstance(network, LiteNet)
    return network.stem.weight.detach()


def test_parameters_follow_and_buffers_are_the_networks() -> None:
    network, other = two_networks()
    average = MovingAverage(network, decay=0.5)
    average.update(other)
    assert torch.equal(stem(average.network), stem(other)), "of the first update all"
    average.update(network)
    kept = (1 + 1) / (10 + 1)
    assert torch.equal(stem(average.network), stem(other) + (stem(network) - stem(other)) * (1 - kept))
    assert all(torch.equal(a, b) for a, b in zip(average.network.buffers(), network.buffers(), strict=True))


def test_one_that_goes_on_takes_no_update_whole() -> None:
    network, other = two_networks()
    average = MovingAverage(network, decay=0.5, count=100)
    average.update(other)
    assert torch.equal(stem(average.network), stem(network) + (stem(other) - stem(network)) / 2)


def two_networks() -> tuple[LiteNet, LiteNet]:
    one, other = (random_network(TINY_LITE, seed=seed) for seed in (1, 2))
    assert isinstance(one, LiteNet)
    assert isinstance(other, LiteNet)
    return one, other
