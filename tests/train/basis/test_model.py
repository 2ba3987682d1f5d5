"""Tests of the mixtures and their head."""

from __future__ import annotations

import torch

from nstcam.train.basis.folding import folded_norms
from nstcam.train.basis.model import FARTHEST, HIDDEN, BasisNet, whitening
from nstcam.train.basis.pack import layers
from nstcam.train.network.networks import LiteNet
from tests.support.models.tiny import TINY_LITE, random_network


def lite(seed: int) -> LiteNet:
    network = random_network(TINY_LITE, seed)
    assert isinstance(network, LiteNet)
    return network


def model(pictures: int = 12, features: int = 5) -> BasisNet:
    found = torch.randn(pictures, features, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    return BasisNet(lite(0), {"one": lite(1), "two": lite(2)}, whitening(found))


def test_the_whole_of_a_change_is_the_network_that_it_came_from() -> None:
    image = torch.rand(1, 3, 40, 48, generator=torch.Generator().manual_seed(1))
    basis = model()
    with torch.no_grad():
        for shares, seed in (((0.0, 0.0), 0), ((1.0, 0.0), 1), ((0.0, 1.0), 2)):
            found = basis.paint(basis.weights(torch.tensor(shares)), image, (2.0, 1.0))
            torch.testing.assert_close(found, lite(seed)(image, (2.0, 1.0)), rtol=1e-3, atol=1e-3)


def test_projected_features_are_uncorrelated_and_none_is_too_far() -> None:
    features = torch.randn(200, 6, generator=torch.Generator().manual_seed(0)) @ torch.randn(6, 6)
    white = whitening(features)
    z = ((features - white.mean) / white.deviation) @ white.projection
    torch.testing.assert_close(z.T @ z / len(z), torch.eye(6), rtol=1e-3, atol=1e-3)
    assert model().projected(torch.full((5,), 1e4)).abs().max() == FARTHEST


def test_few_pictures_have_fewer_directions() -> None:
    assert whitening(torch.randn(4, 20)).projection.shape == (20, 3)


def test_the_head_begins_as_a_regression() -> None:
    z = torch.randn(300, 5, generator=torch.Generator().manual_seed(0))
    wanted = z @ torch.randn(5, 2, generator=torch.Generator().manual_seed(1)) + 0.5
    head = model().head
    head.fit_linear(z, wanted)
    found = head(z)
    assert torch.corrcoef(torch.stack([found[:, 0], wanted[:, 0]]))[0, 1] > 0.99
    torch.testing.assert_close(found.mean(0), wanted.mean(0), rtol=0.05, atol=0.05)


def test_all_of_it_is_written() -> None:
    basis = model().basis()
    assert basis.names == ("one", "two")
    names = [name for pair in layers(basis.mean).values() for name in pair if name is not None]
    assert sorted(names) == sorted(basis.mean)
    for name, values in folded_norms(lite(0)).state_dict().items():
        if name in basis.mean:
            assert torch.equal(basis.mean[name], values)
            assert basis.changes[name].shape == (2, *values.shape)
    assert basis.head["hidden.weight"].shape == (HIDDEN, 5)
