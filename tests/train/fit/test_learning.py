"""Tests the settings and colours of pictures that are learnt while somebody watches."""

from __future__ import annotations

import torch

from nstcam.realtime.palette.colours import CONTRAST
from nstcam.train.fit.colour_map import ColourMap
from nstcam.train.fit.learning import LEARNT_CONTRAST, contrast_after, folded, learning_config
from nstcam.train.fit.warm_start import find_warm_start
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


def test_it_trains_in_the_form_that_is_exported_and_is_steady_from_the_start() -> None:
    config = learning_config(load_checkpoint(find_warm_start("wave")).network)
    assert (config.freeze_norms_at, config.flicker_from, config.match_colours) == (0, 0, False)
    assert config.crop % 16 == 0


def test_contrast_grows_from_that_of_the_start_to_that_of_learnt_strokes() -> None:
    found = [contrast_after(steps) for steps in (0, 3, 12, 40, 100)]
    assert found[0] == CONTRAST, "nothing jumps when the first network is shown"
    assert found == sorted(found)
    assert found[1] - found[0] < 0.03
    assert LEARNT_CONTRAST - 0.01 < found[-1] < LEARNT_CONTRAST
