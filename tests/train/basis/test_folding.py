"""Tests that networks paint the same with their norms folded in."""

from __future__ import annotations

import torch

from nstcam.train.basis.folding import folded_norms, varying
from nstcam.train.network.networks import LiteNet
from tests.support.models.tiny import TINY_LITE, random_network


def lite(seed: int = 0) -> LiteNet:
    network = random_network(TINY_LITE, seed)
    assert isinstance(network, LiteNet)
    return network


def test_it_paints_the_same_and_only_biases_of_norms_are_left() -> None:
    network = lite()
    before = {name: values.clone() for name, values in network.state_dict().items()}
    folded = folded_norms(network)
    image = torch.rand(1, 3, 40, 48, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        wanted, found = network(image, (3.0, 5.0)), folded(image, (3.0, 5.0))
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)
    assert all(torch.equal(values, before[name]) for name, values in network.state_dict().items())
    for norm in folded.norms():
        assert norm.weight.eq(1).all()
        assert norm.running_mean is not None
        assert norm.running_mean.eq(0).all()


def test_what_varies_is_all_but_the_gains() -> None:
    network = lite()
    names = varying(folded_norms(network))
    assert {"stem.weight", "stem_norm.bias", "blocks.1.norm2.bias", "canvas_conv.weight", "up2.bias"} <= set(names)
    assert not {"stem_norm.weight", "blocks.0.norm1.weight", "up1_norm.weight"} & set(names)
