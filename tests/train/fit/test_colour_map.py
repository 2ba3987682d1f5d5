"""The map of colours at the end of a training."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from nstcam.train.fit.colour_map import LARGEST_GAIN, colour_map, match_colours
from nstcam.train.network.networks import NetworkConfig
from tests.support.models.tiny import JOHNSON_ON_CANVAS, TINY_LITE, random_checkpoint


def cloud(seed: int, spread: tuple[float, float, float], middle: float) -> Tensor:
    """Colours around a grey, correlated as in pictures."""
    values = torch.from_numpy(np.random.default_rng(seed).normal(size=(4000, 3)))
    mixing = torch.tensor([[1.0, 0.6, 0.2], [1.0, 0.1, -0.5], [1.0, -0.6, 0.4]], dtype=torch.float64)
    return middle + values * torch.tensor(spread) @ mixing.T


def test_mean_and_covariance_become_the_paintings() -> None:
    pictures, painting = [cloud(1, (0.1, 0.03, 0.02), 0.4)], cloud(2, (0.12, 0.04, 0.025), 0.6)
    matrix, offset = colour_map(pictures, painting)
    mapped = pictures[0] @ matrix.T + offset
    assert torch.allclose(mapped.mean(0), painting.mean(0), atol=1e-6)
    assert torch.allclose(torch.cov(mapped.T), torch.cov(painting.T), rtol=1e-3, atol=1e-6)
    assert torch.allclose(matrix, matrix.T), "the least change: no turn of the colours"


def test_colours_that_match_stay() -> None:
    painting = cloud(3, (0.1, 0.03, 0.02), 0.5)
    matrix, offset = colour_map([painting], painting)
    assert torch.allclose(matrix, torch.eye(3, dtype=torch.float64), atol=1e-6)
    assert torch.allclose(offset, torch.zeros(3, dtype=torch.float64), atol=1e-6)


def test_a_part_of_the_map_goes_that_part_of_the_way() -> None:
    pictures, painting = [cloud(1, (0.1, 0.03, 0.02), 0.4)], cloud(2, (0.12, 0.04, 0.025), 0.6)
    matrix, offset = colour_map(pictures, painting)
    for way in (0.0, 0.25, 1.0):
        own, (part, shift) = pictures[0], colour_map(pictures, painting).part(way)
        assert torch.allclose(own @ part.T + shift, own + way * (own @ matrix.T + offset - own))


def test_light_and_dark_and_hues_can_have_shares_of_their_own() -> None:
    painting = cloud(8, (0.1, 0.03, 0.02), 0.5)
    matrix, offset = colour_map([painting], painting, 0.5, hues=0.8)
    mapped = painting @ matrix.T + offset
    assert mapped.mean(1).std().item() == pytest.approx(0.5 * painting.mean(1).std().item(), rel=1e-3)
    for one, other in ((0, 1), (1, 2)):
        before, after = ((colours[:, one] - colours[:, other]).std().item() for colours in (painting, mapped))
        assert after == pytest.approx(0.8 * before, rel=1e-3)


def test_contrast_is_that_within_pictures() -> None:
    # Two flat-ish pictures far apart have the painting's variance together, but neither has its contrast.
    pictures = [cloud(4, (0.05, 0.02, 0.01), level) for level in (0.3, 0.7)]
    matrix, _ = colour_map(pictures, cloud(5, (0.07, 0.028, 0.014), 0.5))
    assert torch.linalg.eigvalsh(matrix).tolist() == pytest.approx([1.4] * 3, rel=0.05)


def test_nothing_is_stretched_without_bound() -> None:
    grey = torch.linspace(0, 1, 500, dtype=torch.float64)[:, None].expand(500, 3)
    matrix, offset = colour_map([grey], cloud(6, (0.1, 0.2, 0.1), 0.5))
    assert torch.linalg.eigvalsh(matrix).max() <= LARGEST_GAIN + 1e-9
    assert torch.isfinite(offset).all()


@pytest.mark.parametrize("config", [TINY_LITE, JOHNSON_ON_CANVAS], ids=["lite", "johnson"])
def test_the_map_is_part_of_the_network(config: NetworkConfig) -> None:
    network = random_checkpoint(config).build()
    rng = np.random.default_rng(7)
    painting = (rng.random((96, 96, 3)) * (255, 180, 90)).astype(np.uint8)
    batch = torch.from_numpy(rng.random((2, 3, 64, 64), np.float32))
    with torch.no_grad():
        before = network(batch)
        match_colours(network, painting, 96, [batch])
        after = network(batch)
    pixels = [picture.flatten(1).T for picture in before.clamp(0, 1)]
    matrix, offset = colour_map(pictures=pixels, painting=torch.from_numpy(painting).reshape(-1, 3) / 255)
    wanted = torch.einsum("cd,ndhw->nchw", matrix.float(), before) + offset.float()[:, None, None]
    assert torch.allclose(after, wanted, atol=1e-4)
    assert (after - before).abs().max() > 0.02
