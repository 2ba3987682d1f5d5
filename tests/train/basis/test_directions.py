"""Tests that a basis of many paintings makes the same networks with few changes."""

from __future__ import annotations

import torch

from nstcam.train.basis.directions import in_directions
from nstcam.train.basis.pack import Basis
from tests.train.basis.test_pack import FEATURES, PROJECTED, random_basis


def of_paintings(count: int) -> Basis:
    """With so many changes, of which all but the first are small."""
    draw = torch.Generator().manual_seed(1)
    basis = random_basis()
    scale = torch.tensor([1.0] + [0.1] * (count - 1))
    changes = {
        name: torch.randn((count, *mean.shape), generator=draw) * scale.reshape(-1, *(1,) * mean.dim())
        for name, mean in basis.mean.items()
    }
    head = basis.head._replace(
        linear=torch.randn((count, PROJECTED), generator=draw), bias=torch.randn(count, generator=draw)
    )
    return Basis(basis.mean, changes, basis.whitening, head, basis.canvas_strength, tuple(map(str, range(count))))


def network(basis: Basis, features: torch.Tensor) -> dict[str, torch.Tensor]:
    shares = basis.head.linear @ basis.whitening(features) + basis.head.bias
    return {name: mean + torch.tensordot(shares, basis.changes[name], 1) for name, mean in basis.mean.items()}


def test_the_networks_are_the_same_with_as_many_changes_as_features_have_directions() -> None:
    for count, expected in ((PROJECTED + 5, PROJECTED), (3, 3)):
        basis = of_paintings(count)
        fewer = in_directions(basis)
        assert len(fewer.head.bias) == expected
        assert fewer.names == basis.names
        assert fewer.changes["stem.weight"].shape == (expected, *basis.mean["stem.weight"].shape)
        for seed in range(3):
            features = torch.randn(FEATURES, generator=torch.Generator().manual_seed(seed))
            wanted, found = network(basis, features), network(fewer, features)
            for name in wanted:
                torch.testing.assert_close(found[name], wanted[name], rtol=1e-3, atol=1e-3)


def test_the_first_change_is_the_one_that_matters_most() -> None:
    changes = in_directions(of_paintings(PROJECTED + 5)).changes
    lengths = torch.stack([change.flatten(1).square().sum(1) for change in changes.values()]).sum(0)
    assert lengths.tolist() == sorted(lengths.tolist(), reverse=True)
    assert lengths[0] > 5 * lengths[1]
