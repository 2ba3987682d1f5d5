"""Tests the settings and colours of pictures that are learnt while somebody watches."""

from __future__ import annotations

import torch

from nstcam.realtime.palette.colours import CONTRAST, HUES
from nstcam.train.content.close_source import CloseSource
from nstcam.train.fit.batches import training_batches
from nstcam.train.fit.colour_map import ColourMap
from nstcam.train.fit.learning import (
    SCENE_SIDE,
    SCENES,
    SHARES,
    folded,
    learning_config,
    scenes_of,
)
from nstcam.train.fit.warm_start import find_warm_start
from nstcam.train.network.checkpoint import load_checkpoint

START = load_checkpoint(find_warm_start("wave"))


def test_colours_are_mapped_exactly() -> None:
    start = START
    matrix = torch.tensor([[0.5, 0.2, 0.0], [0.0, 0.7, 0.1], [0.3, 0.0, 0.4]], dtype=torch.float64)
    offset = torch.tensor([0.1, 0.2, -0.1], dtype=torch.float64)
    image = torch.rand(1, 3, 40, 48)
    with torch.no_grad():
        before, after = start.build()(image), folded(start, ColourMap(matrix, offset)).build()(image)
    wanted = torch.einsum("ij,njhw->nihw", matrix.float(), before) + offset.float()[:, None, None]
    assert torch.allclose(after, wanted, atol=1e-4)


def test_it_trains_in_the_form_that_is_exported_and_is_steady_from_the_start() -> None:
    config = learning_config(START.network)
    assert (config.freeze_norms_at, config.flicker_from, config.match_colours) == (0, 0, False)
    assert config.crop % 16 == 0


def test_colours_are_ranked_among_the_same_scenes_each_time() -> None:
    scenes = scenes_of(CloseSource())
    assert scenes.shape == (SCENES, 3, SCENE_SIDE, SCENE_SIDE)
    assert torch.equal(scenes, scenes_of(CloseSource()))
    assert scenes.mean((1, 2, 3)).std() > 0.1, "light ones and dark ones"
    trained_on = training_batches(
        learning_config(START.network, crop=SCENE_SIDE), CloseSource(), 0, torch.device("cpu")
    )
    assert not torch.equal(next(trained_on)[0], scenes[0])


def test_what_is_handed_over_gets_the_shares_that_are_shown_at_once() -> None:
    assert SHARES == (CONTRAST, HUES), "nothing jumps when the first network is shown"
