"""Tests that folded convolutions give what the layers gave that they replace."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nstcam.export.convert import fold


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def as_cells(image: Tensor) -> Tensor:
    """(N, 3, H, W) -> (N, 48, H/4, W/4): the pixels of each cell row by row, colour last."""
    n, _, height, width = image.shape
    return (
        image.reshape(n, 3, height // 4, 4, width // 4, 4)
        .permute(0, 3, 5, 1, 2, 4)
        .reshape(n, 48, height // 4, width // 4)
    )


def close(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and torch.allclose(a, b, rtol=1e-4, atol=1e-5 * float(b.detach().abs().max()))


def test_a_norm_goes_into_its_convolution_which_gets_a_bias() -> None:
    conv, norm, x = nn.Conv2d(3, 5, 3, bias=False), nn.BatchNorm2d(5), torch.rand(1, 3, 8, 8)
    assert fold.kernel(conv)[1].tolist() == [0] * 5
    norm.running_mean, norm.running_var = torch.rand(5), torch.rand(5) + 0.5
    assert close(F.conv2d(x, *fold.with_norm(conv, norm)), norm.eval()(conv(x)))


def test_levels_in_and_out_are_bgr() -> None:
    first, last, image = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 3, 3), torch.rand(1, 3, 9, 9)
    middle = F.conv2d(image.flip(1) * 255, *fold.from_levels(fold.kernel(first)))
    assert close(middle, first(image))
    assert close(F.conv2d(middle, *fold.to_levels(fold.kernel(last))), last(first(image)).flip(1) * 255)


def test_cells_in_and_out_have_their_pixels_row_by_row_and_colour_last() -> None:
    first, last, image = nn.Conv2d(48, 6, 3), nn.Conv2d(6, 48, 2), torch.rand(1, 3, 24, 28)
    middle = F.conv2d(as_cells(image.flip(1) * 255), *fold.from_cells(fold.kernel(first)))
    assert close(middle, first(F.pixel_unshuffle(image, 4)))
    painted = F.pixel_shuffle(last(middle), 4)
    assert close(F.conv2d(middle, *fold.to_cells(fold.kernel(last))), as_cells(painted.flip(1) * 255))


def test_a_sub_pixel_convolution_equals_a_resize_before_it() -> None:
    conv, x = nn.Conv2d(2, 3, 3), torch.rand(1, 2, 5, 7)
    expected = conv(F.pad(F.interpolate(x, scale_factor=2, mode="nearest"), (1, 1, 1, 1), "reflect"))
    folded = F.conv2d(F.pad(x, (1, 1, 1, 1), "replicate"), *fold.sub_pixel(fold.kernel(conv)))
    assert close(F.pixel_shuffle(folded, 2), expected)


@pytest.mark.parametrize(("heard", "kept"), [([0, 1, 0, 1e-3], [1, 3]), ([0, 0, 0, 0], [0]), ([0, 0, 0, 1], [3])])
def test_channels_of_the_canvas_that_nothing_hears_are_left_out(heard: list[float], kept: list[int]) -> None:
    conv = nn.Conv2d(4, 5, 3)
    strength, noise = torch.tensor([2.0, 3, 4, -5]), torch.rand(1, 4, 6, 8)
    with torch.no_grad():
        conv.weight *= torch.tensor(heard)[:, None, None]
    network: Any = SimpleNamespace(canvas_conv=conv, canvas_strength=strength, canvas=noise)
    seen, folded = fold.canvas(network)
    assert torch.equal(seen, noise[:, kept])
    assert close(F.conv2d(seen, *folded), conv(noise * strength[:, None, None]))
