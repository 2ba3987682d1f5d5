"""Part of the last touch of a training: a map of colours that gives pictures the painting's contrast and chroma.

Steady strokes are cheap when they are pale, so the loss leaves pictures a little flatter than the painting. The linear
map with the least change that turns the covariance of their colours into the painting's (Monge-Kantorovich; Pitié and
Kokaram 2007, "The linear Monge-Kantorovitch linear colour mapping") costs nothing per frame: it becomes part of the
last convolution.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import torch
from torch import Tensor

from nstcam.train.network.networks import LiteNet, TransformerNet
from nstcam.train.picture import Picture, shrink_to, to_tensor

LARGEST_GAIN: Final = 1.5
"""No direction of colour is stretched by more: what is not in a scene at all would be made of noise."""
_GREYS: Final = torch.full((3, 3), 1 / 3, dtype=torch.float64)
"""Projects colours on the greys."""


class ColourMap(NamedTuple):
    """colour -> matrix @ colour + offset."""

    matrix: Tensor
    """(3, 3), RGB."""
    offset: Tensor
    """(3,), RGB in 0..1."""

    def part(self, way: float) -> ColourMap:
        """The map that takes colours so far of the way, 0..1: 0 leaves them as they are."""
        return ColourMap(torch.lerp(UNCHANGED.matrix, self.matrix, way), way * self.offset)

    def more_vivid(self, gain: float) -> ColourMap:
        """The map to colours that are `gain` times as far from the greys, and as light."""
        stretch = torch.lerp(_GREYS, UNCHANGED.matrix, gain)
        return ColourMap(stretch @ self.matrix, stretch @ self.offset)

    def __call__(self, pixels: Tensor) -> Tensor:
        """(n, 3) RGB -> (n, 3) as a picture shows them, 0..1."""
        return (pixels.double() @ self.matrix.T + self.offset).clamp(0, 1)


UNCHANGED: Final = ColourMap(torch.eye(3, dtype=torch.float64), torch.zeros(3, dtype=torch.float64))


def colour_map(
    pictures: list[Tensor],
    painting: Tensor,
    contrast: float = 1.0,
    hues: float | None = None,
) -> ColourMap:
    """The symmetric map from the pictures' colours to the painting's: mean to mean, covariance to covariance.

    The pictures' covariance is the mean of that within each: a dark picture beside a light one is not contrast.

    Args:
        pictures: RGB, (pixels, 3) each.
        painting: RGB, (pixels, 3).
        contrast: share of the painting's standard deviations to map to.
        hues: the share across the greys, where there is no contrast of light and dark; None: the same.
    """
    mean = torch.stack([picture.double().mean(0) for picture in pictures]).mean(0)
    painted = torch.stack([torch.cov(picture.double().T, correction=0) for picture in pictures]).mean(0)
    across = UNCHANGED.matrix - _GREYS
    shares = contrast * _GREYS + (contrast if hues is None else hues) * across
    wanted = shares @ torch.cov(painting.double().T, correction=0) @ shares
    root, inverse = _power(painted, 0.5), _power(painted, -0.5)
    gains, directions = torch.linalg.eigh(inverse @ _power(root @ wanted @ root, 0.5) @ inverse)
    matrix = directions * gains.clamp(max=LARGEST_GAIN) @ directions.T
    return ColourMap(matrix, painting.double().mean(0) - matrix @ mean)


def vividness(pixels: Tensor) -> float:
    """The 95th percentile of colours' distances from the greys. pixels: (n, 3) RGB, 0..1."""
    pixels = pixels.double()
    distances: Tensor = (pixels - pixels.mean(1, keepdim=True)).norm(dim=1)
    return distances.quantile(0.95).item()


def _power(covariance: Tensor, exponent: float) -> Tensor:
    """A power of a symmetric matrix. Directions without variance, as in grey pictures, get a deviation of 1e-6."""
    values, vectors = torch.linalg.eigh(covariance)
    powers: Tensor = vectors * values.clamp(min=1e-6**2).pow(exponent) @ vectors.T
    return powers


@torch.no_grad()
def match_colours(
    network: TransformerNet | LiteNet,
    painting: Picture,
    size: int,
    content: Iterable[Tensor],
) -> None:
    """Folds the map from the network's colours on `content` to the painting's into its last convolution.

    Args:
        network: in evaluation mode.
        painting: RGB uint8.
        size: pixels of its shorter side, as for the Gram matrices: a smaller one has less contrast.
        content: batches (N, 3, H, W) RGB in 0..1.
    """
    pictures = [picture.flatten(1).T.float().cpu() for batch in content for picture in network(batch).clamp(0, 1)]
    wanted = to_tensor(shrink_to(painting, size), torch.device("cpu"))
    found = colour_map(pictures, wanted[0].flatten(1).T)
    fold_colours(network, found)


@torch.no_grad()
def fold_colours(network: TransformerNet | LiteNet, colours: ColourMap) -> None:
    """Makes the map part of the network's last convolution."""
    last = network.up2 if isinstance(network, LiteNet) else network.to_rgb[1]
    assert isinstance(last, torch.nn.Conv2d)
    assert last.bias is not None
    matrix, offset = colours.matrix.to(last.weight), colours.offset.to(last.weight)
    # Outputs are the pixels of a cell, colour by colour.
    last.weight.copy_((matrix @ last.weight.reshape(3, -1)).reshape(last.weight.shape))
    last.bias.copy_((matrix @ last.bias.reshape(3, -1) + offset[:, None]).flatten())
