"""Tests that plain parts of the picture lose the grid of a network's cells, and nothing else changes."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from nstcam.train.fit.even_cells import even_out_cells
from nstcam.train.fit.warm_start import find_warm_start
from nstcam.train.loss.losses import weave_error
from nstcam.train.network.checkpoint import load_checkpoint
from nstcam.train.network.networks import LiteNet
from nstcam.train.picture import PHOTOS, read_rgb, shrink_to, to_tensor
from tests.support.models.tiny import TINY_JOHNSON, random_checkpoint

CHEQUERS = torch.tensor([[1.0, -1.0], [-1.0, 1.0]]).repeat(2, 2).flatten()
"""Signs of a cell's pixels."""


def photograph(name: str) -> Tensor:
    return to_tensor(shrink_to(read_rgb(PHOTOS / f"{name}.jpg"), 160), torch.device("cpu"))


def wave() -> LiteNet:
    network = load_checkpoint(find_warm_start("wave")).build().eval()
    assert isinstance(network, LiteNet)
    return network


@torch.no_grad()
def woven(network: LiteNet, by_feature: float) -> LiteNet:
    """The network with a chequerboard of ten levels: everywhere alike, or as strong as what is seen."""
    assert network.up2.bias is not None
    amount = CHEQUERS.repeat(3) * 10 / 255
    if by_feature:
        network.up2.weight += by_feature * amount[:, None, None, None]
    else:
        network.up2.bias += amount
    return network


@torch.no_grad()
def coarse(picture: Tensor) -> Tensor:
    return F.avg_pool2d(picture, 4)


@pytest.mark.parametrize("by_feature", [0.0, 0.03])
def test_a_chequerboard_goes_and_the_picture_stays(by_feature: float) -> None:
    photographs = [photograph("coffee"), photograph("rocket"), photograph("chelsea")]
    face = photograph("astronaut")
    with torch.no_grad():
        trained, network = wave()(face), woven(wave(), by_feature)
        with_chequers = network(face)
        even_out_cells(network, photographs)
        evened = network(face)
    assert weave_error(with_chequers) > 6 * weave_error(trained)
    assert weave_error(evened) < 1.3 * weave_error(trained)
    assert torch.allclose(coarse(evened), coarse(trained), atol=0.1 / 255)
    assert (evened - trained).square().mean().sqrt() < 3 / 255


def test_what_is_even_stays_as_it_is_even_in_pictures_smaller_than_a_window() -> None:
    photographs, network = [photograph("coffee")[..., :32, :32].repeat(2, 1, 1, 1), photograph("rocket")], wave()
    even_out_cells(network, photographs)
    with torch.no_grad():
        once = network(photographs[1])
        even_out_cells(network, photographs)
        assert (network(photographs[1]) - once).square().mean().sqrt() < 1 / 255


def test_features_that_are_never_seen_do_no_harm() -> None:
    network = wave()
    with torch.no_grad():
        network.up1_norm.weight[5] = network.up1_norm.bias[5] = 0
        even_out_cells(network, [torch.full((1, 3, 64, 64), 0.5)])
    assert all(value.isfinite().all() for value in network.state_dict().values())


def test_a_network_without_cells_stays_as_it_is() -> None:
    network = random_checkpoint(TINY_JOHNSON).build().eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    even_out_cells(network, [photograph("coffee")])
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
