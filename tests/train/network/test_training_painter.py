"""Tests where on the canvas a training paints, and how wide a border it cuts off again."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from nstcam.train.network.canvas import CANVAS_SIZE, CELL
from nstcam.train.network.networks import LiteNet, reflect
from nstcam.train.network.training_painter import cut, training_painter
from tests.support.models.tiny import TINY_JOHNSON, TINY_LITE, random_network


@pytest.mark.parametrize("config", [TINY_LITE, TINY_JOHNSON])
@pytest.mark.parametrize("seed", range(6))
def test_place_and_border_are_drawn(config: Any, seed: int) -> None:
    network: Any = random_network(config)
    seen: list[tuple[Tensor, tuple[float, float]]] = []

    def forward(image: Tensor, place: tuple[float, float]) -> Tensor:
        seen.append((image, place))
        return image * 2

    network.forward = forward
    generator = torch.Generator().manual_seed(seed)
    down, right, width = torch.rand(3, generator=torch.Generator().manual_seed(seed)).tolist()
    paint = training_painter(network, generator)
    image = torch.rand(1, 3, 128, 128)
    assert torch.equal(paint(image), image * 2)
    assert torch.equal(paint(image, (3.0, -5.0)), image * 2)
    place = down * CANVAS_SIZE[0] * CELL, right * CANVAS_SIZE[1] * CELL
    assert seen[0][1] == pytest.approx(place)
    assert seen[1][1] == pytest.approx((place[0] + 3, place[1] - 5))
    if isinstance(network, LiteNet):
        border = (seen[0][0].shape[-1] - 128) // 2
        assert torch.equal(seen[0][0], reflect(image, border))
        assert border == CELL * (BORDERS[0] + int(width * (BORDERS[1] - BORDERS[0])))
    else:
        assert seen[0][0] is image, "no border"


BORDERS = (6, 14)
"""In cells: from the first to below the second."""


def test_the_same_is_cut_off_on_each_side() -> None:
    assert torch.equal(cut(torch.arange(25.0).view(1, 1, 5, 5), 2), torch.tensor([[[[12.0]]]]))


def test_in_bfloat16_the_picture_is_still_float32() -> None:
    network: Any = random_network(TINY_LITE)
    paint = training_painter(network, torch.Generator().manual_seed(0), torch.bfloat16)
    image = torch.rand(1, 3, 64, 64)
    painted = paint(image)
    assert painted.dtype == torch.float32
    exact = training_painter(network, torch.Generator().manual_seed(0))(image)
    assert 0 < (painted - exact).abs().max() < 0.1 * exact.abs().max()
