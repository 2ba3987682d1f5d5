"""Tests the colour terms: what they ask for, what they leave free, and that their gradients lead there."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from nstcam.train.loss.colour import (
    palette_error,
    palette_of,
    random_directions,
    scene_colour_error,
    tone_slope_error,
)

CPU = torch.device("cpu")


def things(seed: int = 0, side: int = 8) -> Tensor:
    """(1, 3, 16 side, 16 side) of cells in random colours."""
    colours = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(seed))
    return F.interpolate(colours, scale_factor=16, mode="nearest")


def grey(values: Tensor) -> Tensor:
    return values.mean(1, keepdim=True).expand(-1, 3, -1, -1)


def test_colours_that_follow_the_scene_cost_nothing() -> None:
    scene = things()
    other_colours = torch.stack([scene[:, 2], 1 - scene[:, 0], scene[:, 1] * scene[:, 2]], 1)
    assert scene_colour_error(scene, scene) < 0.01
    assert scene_colour_error(other_colours, scene) < 0.01


def test_colours_of_the_canvas_cost_their_share() -> None:
    scene, canvas = things(), things(1)
    assert scene_colour_error(canvas, scene) > 0.7  # ten coefficients of 64 cells explain some of anything
    assert 0.2 < scene_colour_error((scene + canvas) / 2, scene) < 0.6


def test_strokes_within_cells_are_free() -> None:
    scene = things()
    strokes = 0.3 * torch.sign(torch.sin(torch.arange(128.0) * torch.pi / 4 + 0.1)).expand_as(scene)
    assert scene_colour_error(scene + strokes, scene) < 0.01


def test_a_scene_of_one_colour_explains_nothing_and_asks_nothing() -> None:
    assert scene_colour_error(things(), torch.full((1, 3, 128, 128), 0.4)) < 1e-3


def test_scaling_the_colours_up_does_not_pay() -> None:
    """The variance that the rest is a share of is a constant of the step."""
    scene = things()
    painted = ((scene + things(1)) / 2).requires_grad_()
    scene_colour_error(painted, scene).backward()  # type: ignore[no-untyped-call]
    assert painted.grad is not None
    centred = painted.detach() - painted.detach().mean((2, 3), keepdim=True)
    assert (painted.grad * centred).sum() > 0  # more contrast: more error


@pytest.mark.parametrize(("slope", "error"), [(1.2, 0), (0.8, 0), (0.5, 0.09), (0.0, 0.64)])
def test_tone_slope_below_the_wanted_one_costs_the_square(slope: float, error: float) -> None:
    scene = grey(things())
    assert tone_slope_error(0.5 + slope * (scene - 0.5), scene).item() == pytest.approx(error, rel=0.1, abs=1e-3)


def test_a_flat_scene_has_no_slope() -> None:
    flat = torch.full((1, 3, 64, 64), 0.5)
    assert tone_slope_error(grey(things(0, 4)), flat) < 1e-3


def directions() -> Tensor:
    return random_directions(32, torch.Generator().manual_seed(0), CPU)


def test_directions_have_length_one() -> None:
    assert torch.allclose(directions().norm(dim=0), torch.ones(32))


def test_palette_has_cells_of_each_size_in_opponent_colours() -> None:
    picture = torch.zeros(2, 3, 48, 32)
    picture[:, 0] = 1.0  # red
    found = palette_of(picture)
    assert {size: len(colours) for size, colours in found.items()} == {1: 2 * 16 * 11, 4: 2 * 12 * 8, 16: 2 * 3 * 2}
    for colours in found.values():
        assert torch.allclose(colours, torch.tensor([0.2126, 0.75, 0.375]).expand_as(colours), atol=1e-5)


def test_the_same_colours_in_another_order_are_equal() -> None:
    wanted = torch.rand(500, 3, generator=torch.Generator().manual_seed(1))
    shuffled = wanted[torch.randperm(500, generator=torch.Generator().manual_seed(2))]
    assert palette_error(shuffled, wanted.new_empty(0, 3), wanted, directions()) < 1e-6


def test_a_shift_costs_its_square_over_the_variance() -> None:
    wanted = torch.randn(4000, 3, generator=torch.Generator().manual_seed(1))
    moved = wanted + torch.tensor([1.0, 0, 0])
    across = directions()[0].square().mean()  # what random directions see of it
    error = palette_error(moved, wanted.new_empty(0, 3), wanted, directions())
    assert error.item() == pytest.approx(across.item(), rel=0.1)


def test_a_dark_picture_may_have_the_dark_half_of_the_palette() -> None:
    """Together with a light one before it: each alone is half of the painting's colours."""
    wanted = torch.linspace(0, 1, 400)[:, None].expand(-1, 3)
    dark, light = wanted[:200], wanted[200:]
    alone = palette_error(dark, wanted.new_empty(0, 3), wanted, directions())
    together = palette_error(dark, light, wanted, directions())
    assert together < 1e-3
    assert alone > 100 * together


def test_equal_colours_are_sent_to_the_middle_of_their_ranks() -> None:
    """A flat wall has one colour; as one of many ranks it would be pushed to an end of the palette."""
    wanted = torch.linspace(0, 1, 101)[:, None].expand(-1, 3)
    wall = torch.full((50, 3), 0.5)
    along = torch.eye(3)[:, :1]
    assert palette_error(wall, wanted.new_empty(0, 3), wanted, along).item() == pytest.approx(0, abs=1e-5)


def test_following_the_gradient_brings_the_palette() -> None:
    generator = torch.Generator().manual_seed(3)
    wanted = torch.rand(300, 3, generator=generator) * torch.tensor([0.5, 1.0, 0.2])
    painted = torch.full((300, 3), 0.5) + 0.01 * torch.randn(300, 3, generator=generator)
    painted.requires_grad_()
    optimizer = torch.optim.Adam([painted], lr=0.02)
    for _ in range(150):
        optimizer.zero_grad()
        error = palette_error(painted, wanted.new_empty(0, 3), wanted, random_directions(16, generator, CPU))
        error.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    found = painted.detach()
    assert torch.allclose(found.mean(0), wanted.mean(0), atol=0.03)
    assert torch.allclose(found.std(0), wanted.std(0), atol=0.03)
