"""Tests the colours of networks that are handed over while a painting is learnt."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from nstcam.train.fit.colour_map import ColourMap
from nstcam.train.fit.learning import Shares, learning_config
from nstcam.train.fit.matcher import WAYS, Matcher
from nstcam.train.fit.warm_start import find_warm_start
from nstcam.train.loss.crop_grams import CropGrams
from nstcam.train.loss.vgg import load_vgg
from nstcam.train.network.checkpoint import load_checkpoint
from nstcam.train.network.networks import LiteNet, TransformerNet

START = load_checkpoint(find_warm_start("wave"))


NETWORK = load_vgg()


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Photographs of a few pixels."""
    monkeypatch.setattr("nstcam.train.fit.matcher._SIDE", 72)


def matcher(painting: np.ndarray) -> Matcher:
    config = replace(learning_config(START.network), crop=64)
    return Matcher(config, painting, NETWORK, CropGrams(NETWORK, painting, 64, 64, torch.device("cpu")))


def painting_of(left: tuple[int, int, int], right: tuple[int, int, int]) -> np.ndarray:
    painting = np.empty((64, 64, 3), np.uint8)
    painting[:, :32], painting[:, 32:] = left, right
    return painting


def painted(network: TransformerNet | LiteNet) -> Tensor:
    image = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        pictures: Tensor = network(image)
    return pictures


def test_what_is_handed_over_has_the_paintings_colours_and_the_network_learns_on_as_it_was() -> None:
    network = START.build()
    matched = matcher(painting_of((200, 60, 40), (90, 30, 20))).matched(network, Shares(0.8, 0.8), WAYS[-1:])[0]
    red, green, blue = painted(matched).clamp(0, 1).mean((0, 2, 3)).tolist()
    assert red > 1.8 * green > 1.8 * blue, "the painting is red"
    assert torch.equal(painted(network), painted(START.build()))


def test_colours_can_go_a_part_of_the_way() -> None:
    red = matcher(painting_of((200, 60, 40), (90, 30, 20)))
    own, part, whole = (painted(red.matched(START.build(), Shares(0.8, 0.8), [way])[0]) for way in (0.0, 0.3, 1.0))
    assert torch.allclose(own, painted(START.build()), atol=1e-5)
    assert torch.allclose(part, own + 0.3 * (whole - own), atol=1e-5)


def test_cells_are_evened_out_unless_it_has_to_be_quick() -> None:
    network = START.build()
    assert isinstance(network, LiteNet)
    assert network.up2.bias is not None
    with torch.no_grad():
        network.up2.bias += torch.tensor([0.05, -0.05]).repeat(24)
    red = matcher(painting_of((200, 60, 40), (90, 30, 20)))
    evened, quick = (red.matched(network, Shares(0.8, 0.8), ways)[0] for ways in (WAYS, WAYS[:1]))
    columns = [[painted(each)[..., first::2].mean((2, 3)) for first in (0, 1)] for each in (evened, quick)]
    uneven = [(even - odd).abs().mean() for even, odd in columns]
    assert uneven[0] < 0.1 * uneven[1]


def test_strokes_are_not_stretched_to_the_paintings_contrast_if_that_spoils_them() -> None:
    """Black and white halves have far more contrast than what is painted, and no strokes at all."""
    halves = matcher(painting_of((255, 255, 255), (0, 0, 0)))
    chosen, error = halves.matched(START.build(), Shares(1.0, 1.0))
    most, none = halves.matched(START.build(), Shares(1.0, 1.0), WAYS[-1:])
    assert painted(chosen).std() < 0.9 * painted(most).std()
    assert error == pytest.approx(halves.error(chosen), rel=1e-3)
    assert halves.error(most) > error
    assert math.isnan(none)


@pytest.mark.parametrize(("errors", "chosen"), [((1.0, 1.1, 1.2), 0), ((2.0, 1.0, 1.2), 1), ((1.3, 1.2, 1.1), 2)])
def test_colours_are_taken_as_far_as_leaves_the_best_strokes(
    errors: tuple[float, ...], chosen: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    halves, left = matcher(painting_of((255, 255, 255), (0, 0, 0))), list(errors)
    wanted = painted(halves.matched(START.build(), Shares(1.0, 1.0), [WAYS[chosen]] * 2)[0])

    def next_error(_self: Matcher, _painted: list[Tensor], _colours: ColourMap) -> float:
        return left.pop(0)

    monkeypatch.setattr(Matcher, "_error", next_error)
    network, error = halves.matched(START.build(), Shares(1.0, 1.0))
    assert torch.equal(painted(network), wanted)
    assert error == errors[chosen]
