"""Tests the settings and colours of pictures that are learnt while somebody watches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from nstcam.train.fit.colour_map import ColourMap
from nstcam.train.fit.learning import Matcher, folded, learning_config
from nstcam.train.fit.warm_start import find_warm_start
from nstcam.train.loss.losses import style_error
from nstcam.train.loss.scales import _starts, crop_grams, style_grams
from nstcam.train.loss.vgg import load_vgg
from nstcam.train.network.checkpoint import load_checkpoint


def test_colours_are_mapped_exactly() -> None:
    start = load_checkpoint(find_warm_start("wave"))
    matrix = torch.tensor([[0.5, 0.2, 0.0], [0.0, 0.7, 0.1], [0.3, 0.0, 0.4]], dtype=torch.float64)
    offset = torch.tensor([0.1, 0.2, -0.1], dtype=torch.float64)
    image = torch.rand(1, 3, 40, 48)
    with torch.no_grad():
        before, after = start.build()(image), folded(start, ColourMap(matrix, offset)).build()(image)
    wanted = torch.einsum("ij,njhw->nihw", matrix.float(), before) + offset.float()[:, None, None]
    assert torch.allclose(after, wanted, atol=1e-4)


def test_what_is_handed_over_has_the_paintings_colours_and_the_network_learns_on_as_it_was() -> None:
    start = load_checkpoint(find_warm_start("wave"))
    network = start.build()
    painting = np.empty((64, 64, 3), np.uint8)
    painting[:, :32], painting[:, 32:] = (200, 60, 40), (90, 30, 20)
    config = replace(learning_config(start.network), crop=64)
    matched = Matcher(config, painting, 0.8).matched(network)
    image = torch.rand(1, 3, 64, 64)

    def means(painted: Tensor) -> Tensor:
        return painted.clamp(0, 1).mean((0, 2, 3))

    with torch.no_grad():
        red, green, blue = means(matched(image)).tolist()
        assert red > 1.8 * green > 1.8 * blue, "the painting is red"
        assert torch.equal(network(image), start.build()(image))


def test_it_trains_in_the_form_that_is_exported_and_is_steady_from_the_start() -> None:
    config = learning_config(load_checkpoint(find_warm_start("wave")).network)
    assert (config.freeze_norms_at, config.flicker_from, config.match_colours) == (0, 0, False)
    assert config.crop % 16 == 0


def test_the_paintings_gram_matrices_are_those_of_crops_like_the_trainings() -> None:
    network = load_vgg()
    painting = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    tiled = np.tile(painting, (12, 16, 1))  # each crop of 64 px is the same picture
    wanted = style_grams(network, painting, 64, torch.device("cpu"))
    found = crop_grams(network, tiled[:192, :192], 192, 64, torch.device("cpu"))
    assert all(style_error(found[name], gram).item() < 1e-8 for name, gram in wanted.items())
    whole = style_grams(network, tiled[:192, :192], 192, torch.device("cpu"))
    assert style_error(whole["relu4_3"], wanted["relu4_3"]).item() > 0.1, "the edges count"


def test_crops_of_a_painting_reach_from_side_to_side_or_lie_in_the_middle() -> None:
    assert _starts(512, 112) == [0, 200, 400]
    assert _starts(150, 112) == [19]
    assert _starts(80, 112) == [0]
