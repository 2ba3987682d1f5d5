"""Tests the colours of networks that are handed over while a painting is learnt."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from torch import Tensor

from nstcam.train.fit.colour_map import vividness
from nstcam.train.fit.learning import learning_config
from nstcam.train.fit.matcher import VIVID, Matcher
from nstcam.train.fit.warm_start import find_warm_start
from nstcam.train.loss.crop_grams import CropGrams
from nstcam.train.loss.losses import STYLE_WEIGHTS, gram_matrix
from nstcam.train.loss.vgg import load_vgg
from nstcam.train.network.checkpoint import load_checkpoint
from nstcam.train.network.networks import LiteNet, TransformerNet
from nstcam.train.picture import bundled_photographs, to_tensor

START = load_checkpoint(find_warm_start("wave"))


NETWORK = load_vgg()


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Photographs of a few pixels."""
    monkeypatch.setattr("nstcam.train.fit.matcher._SIDE", 72)


SCENES = torch.rand(4, 3, 48, 48, generator=torch.Generator().manual_seed(2))


def matcher(painting: np.ndarray) -> Matcher:
    config = replace(learning_config(START.network), crop=64)
    return Matcher(config, painting, NETWORK, CropGrams(NETWORK, painting, 64, 64, torch.device("cpu")), SCENES)


def painting_of(left: tuple[int, int, int], right: tuple[int, int, int]) -> np.ndarray:
    painting = np.empty((64, 64, 3), np.uint8)
    painting[:, :32], painting[:, 32:] = left, right
    return painting


def painted(network: TransformerNet | LiteNet) -> Tensor:
    image = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        pictures: Tensor = network(image)
    return pictures


def pixels(network: TransformerNet | LiteNet) -> Tensor:
    """Colours (n, 3) that the scenes are painted in."""
    with torch.no_grad():
        return network.eval()(SCENES).clamp(0, 1).movedim(1, -1).reshape(-1, 3)  # type: ignore[no-any-return]


def test_what_is_handed_over_has_the_paintings_colours_and_the_network_learns_on_as_it_was() -> None:
    network = START.build()
    matched = matcher(painting_of((200, 60, 40), (90, 30, 20))).matched(network, 1.0)
    red, green, blue = painted(matched).clamp(0, 1).mean((0, 2, 3)).tolist()
    assert red > 1.8 * green > 1.8 * blue, "the painting is red"
    assert torch.equal(painted(network), painted(START.build()))


def test_colours_can_go_a_part_of_the_way() -> None:
    pale = matcher(painting_of((150, 120, 110), (60, 50, 45)))
    own, part, whole = (painted(pale.matched(START.build(), way, even=False)) for way in (0.0, 0.3, 1.0))
    assert torch.allclose(own, painted(START.build()), atol=1e-5)
    assert torch.allclose(part, own + 0.3 * (whole - own), atol=1e-5)


def test_what_is_paler_than_the_painting_is_made_more_vivid_and_as_light() -> None:
    pale = START.build()
    own = vividness(pixels(pale))
    for wanted, gain in ((0.5, 1.0), (1.1, 1.1), (1.9, 1.2)):
        red = round(wanted * own / VIVID / 6**0.5 * 255)  # (2, -1, -1) is sqrt(6) from the greys
        colour = (90 + 2 * red, 90 - red, 90 - red)
        matched = matcher(painting_of(colour, colour)).matched(pale, 0.0, even=False)
        assert torch.allclose(painted(matched).mean(1), painted(pale).mean(1), atol=1e-5), "as light"
        seen = vividness(pixels(matched)) / own
        assert seen == pytest.approx(gain, abs=0.02), "never paler, as vivid as that, and within bounds"


def test_cells_are_evened_out_if_that_is_asked_for() -> None:
    network = START.build()
    assert isinstance(network, LiteNet)
    assert network.up2.bias is not None
    with torch.no_grad():
        network.up2.bias += torch.tensor([0.05, -0.05]).repeat(24)
    red = matcher(painting_of((200, 60, 40), (90, 30, 20)))
    columns = [
        [painted(red.matched(network, even=even))[..., first::2].mean((2, 3)) for first in (0, 1)]
        for even in (True, False)
    ]
    uneven = [(even - odd).abs().mean() for even, odd in columns]
    assert uneven[0] < 0.1 * uneven[1]


def test_the_style_error_compares_crops_from_the_middle_with_what_it_is_given() -> None:
    network = START.build().eval()
    crops = []
    for photograph in islice(bundled_photographs(72), 3):
        with torch.no_grad():
            picture = network(to_tensor(photograph, torch.device("cpu"))).clamp(0, 1)
        top, left = ((side - 64) // 2 for side in picture.shape[-2:])
        crops.append(picture[..., top : top + 64, left : left + 64])
    found = NETWORK(torch.cat(crops), list(STYLE_WEIGHTS))
    grams = {name: gram_matrix(features).mean(0, keepdim=True) for name, features in found.items()}
    config = replace(learning_config(START.network), crop=64)
    own = Matcher(config, painting_of((255, 255, 255), (0, 0, 0)), NETWORK, grams, SCENES)
    assert own.error(network) == pytest.approx(0, abs=1e-6)
    grams["relu2_2"] *= 2
    assert own.error(network) == pytest.approx(STYLE_WEIGHTS["relu2_2"] / 4, rel=1e-3), "|G - 2 G|^2 / |2 G|^2"
