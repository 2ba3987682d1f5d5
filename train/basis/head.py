"""What tells a picture's shares of the changes from its features: whitened, and then a ridge regression.

Means and deviations of a picture's features in the first layers of VGG-16 stand for its style (Ghiasi et al. 2017,
"Exploring the structure of a real-time, arbitrary neural artistic stylization network").
"""

from __future__ import annotations

from typing import Final, NamedTuple

import torch
from torch import Tensor

PROJECTED: Final = 32
"""Directions of features that are kept."""
FARTHEST: Final = 4.0
"""Standard deviations; a picture that is farther from the others in a direction counts as this far."""
_LEAST_DEVIATION: Final = 1e-3
_RIDGE: Final = 0.03
"""With 0.3, shares are so small that paintings left out of the basis are painted worse."""
_RIDGE_OF_CONSTANT: Final = 1e-3 * _RIDGE


class Whitening(NamedTuple):
    """Makes features of pictures uncorrelated, with a variance of 1; float32."""

    mean: Tensor
    """(F,)"""
    deviation: Tensor
    """(F,), not 0."""
    projection: Tensor
    """(F, Z)"""

    def __call__(self, features: Tensor) -> Tensor:
        """(..., F) -> (..., Z) in -FARTHEST..FARTHEST."""
        far = ((features - self.mean) / self.deviation) @ self.projection
        return far.clamp(-FARTHEST, FARTHEST)


class Head(NamedTuple):
    """Whitened features z (Z,) -> shares linear z + bias (K,); float32."""

    linear: Tensor
    """(K, Z)"""
    bias: Tensor
    """(K,)"""


def whitening(features: Tensor) -> Whitening:
    """That of pictures, (N, F), in the PROJECTED directions in which they differ most; fewer if N or F is less."""
    mean, deviation = features.mean(0), features.std(0) + _LEAST_DEVIATION
    _, lengths, directions = torch.linalg.svd((features - mean) / deviation, full_matrices=False)
    # Among N pictures there are N - 1 directions: the last one has no length to divide by.
    kept = min(PROJECTED, len(features) - 1, features.shape[1])
    return Whitening(mean, deviation, (directions[:kept] / (lengths[:kept, None] / len(features) ** 0.5)).T)


def ridge(z: Tensor, wanted: Tensor) -> Head:
    """The regression from whitened features (N, Z) to the shares wanted (N, K), which keeps weights small."""
    inputs = torch.cat([z, torch.ones(len(z), 1)], 1)
    penalty = torch.full((inputs.shape[1],), _RIDGE)
    penalty[-1] = _RIDGE_OF_CONSTANT
    found = torch.linalg.solve(inputs.T @ inputs + len(z) * penalty.diag(), inputs.T @ wanted)
    return Head(found[:-1].T, found[-1])
