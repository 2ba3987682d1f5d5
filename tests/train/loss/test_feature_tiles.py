import pytest
import torch

from nstcam.train.loss.feature_tiles import cut_tiles
from tests.support.models.rounding import apart, rounding
from tests.support.models.tiny import random_loss_network

DEEPEST = "relu4_3"
TERMS = 10 * 9 * 4  # ten convolutions of four channels


@pytest.mark.parametrize(("height", "width"), [(200, 333), (64, 1000), (161, 150), (128, 129)])
def test_cores_cover_every_pixel_once(height: int, width: int) -> None:
    tiles = cut_tiles(height, width, side=128, reach=42)
    assert len(tiles) > 1
    count = torch.zeros(height, width)
    for tile in tiles:
        count[tile.top : tile.bottom, tile.left : tile.right] += 1
        assert tile.bottom - tile.top <= 128
        assert tile.right - tile.left <= 128
    assert (count == 1).all()


def test_a_picture_of_the_area_of_a_tile_is_whole() -> None:
    assert len(cut_tiles(64, 256, side=128, reach=42)) == 1


@pytest.mark.parametrize("layer", ["relu1_1", "relu2_2", "relu3_3", DEEPEST])
def test_features_of_tiles_are_those_of_the_whole(layer: str) -> None:
    network = random_loss_network()
    image = torch.rand(1, 3, 203, 181, generator=torch.Generator().manual_seed(0))
    stride = network.stride(layer)
    whole = network(image, [layer])[layer]
    found = torch.full_like(whole, float("nan"))
    for tile in cut_tiles(203, 181, side=64, reach=network.reach([layer])):
        core = tile.core(network(tile.cut(image), [layer])[layer], stride)
        assert core.shape[-2:] == tile.positions(stride)
        top, left = tile.top // stride, tile.left // stride
        found[..., top : top + core.shape[-2], left : left + core.shape[-1]] = core
    assert apart(found, whole) < rounding(TERMS)


def test_a_margin_of_less_than_the_reach_would_not_do() -> None:
    """Else the test above would pass with any margin."""
    network = random_loss_network()
    image = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(0))
    whole = network(image, [DEEPEST])[DEEPEST]
    tile = cut_tiles(128, 128, side=64, reach=network.reach([DEEPEST]) - 16)[0]
    core = tile.core(network(tile.cut(image), [DEEPEST])[DEEPEST], 8)
    assert apart(core, whole[..., : core.shape[-2], : core.shape[-1]]) > 100 * rounding(TERMS)


def test_the_reach_is_exact() -> None:
    """Moving the pixel that is `reach` beyond a position's cell moves the position's feature; one further does not."""
    network = random_loss_network()
    reach = network.reach(["relu3_3"])
    assert reach == 2 * 1 + 2 * 2 + 3 * 4
    image = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(0)).requires_grad_()
    feature = network(image, ["relu3_3"])["relu3_3"][..., 12, 12].sum()  # its cell is pixels 48 to 51
    (slope,) = torch.autograd.grad(feature, image)
    seen = slope.abs().sum((0, 1, 2)).nonzero().flatten()
    assert 48 - reach <= seen.min()
    assert seen.max() <= 51 + reach
    assert seen.max() - seen.min() > 2 * reach - 4  # max pooling looks at one of two
