import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nstcam.train.network.subpixel import first_between_cells, second_between_cells
from tests.support.models.rounding import apart, rounding


def resized(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def test_a_convolution_between_cells_equals_resize_and_convolution() -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(5, 3, 3, bias=False)
    x = torch.randn(2, 5, 7, 9)
    with torch.no_grad():
        expected = conv(resized(x))
        merged = F.conv2d(x, first_between_cells(conv.weight))
    colour_first = merged.reshape(2, 4, 3, 6, 8).transpose(1, 2).flatten(1, 2)
    assert apart(F.pixel_shuffle(colour_first, 2), expected) < rounding(9 * 5)


def test_two_resize_convolutions_without_a_shuffle_between() -> None:
    torch.manual_seed(0)
    first, second = nn.Conv2d(5, 4, 3, bias=False), nn.Conv2d(4, 3, 3, bias=False)
    x = torch.randn(2, 5, 8, 9)
    with torch.no_grad():
        half = first(resized(x))  # without the outermost pixels
        expected = second(resized(half))[..., 1:-1, 1:-1]
        merged = F.conv2d(x, first_between_cells(first.weight))
        merged = F.conv2d(merged, second_between_cells(second.weight))
    assert apart(F.pixel_shuffle(merged, 4), expected) < rounding(9 * 5 + 9 * 4)


def test_shapes_are_known_without_memory() -> None:
    weight = torch.zeros(5, 7, 3, 3)
    for function in (first_between_cells, second_between_cells):
        on_meta = function(weight.to("meta"))
        assert on_meta.is_meta
        assert on_meta.shape == function(weight).shape
