"""What is trained: a mean network, changes of its weights, and the head that tells a picture's shares of the changes.

Means and deviations of a picture's features in the first layers of VGG-16, whitened, stand for its style (Ghiasi et al.
2017, "Exploring the structure of a real-time, arbitrary neural artistic stylization network").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from nstcam.train.basis.folding import folded_norms, varying
from nstcam.train.basis.pack import Basis
from nstcam.train.network.networks import LiteNet

PROJECTED: Final = 32
"""Directions of features that are kept."""
HIDDEN: Final = 64
FARTHEST: Final = 4.0
"""Standard deviations; a picture that is farther from the others in a direction counts as this far."""
_LEAST_DEVIATION: Final = 1e-3
_RIDGE: Final = 0.3


class Whitening(NamedTuple):
    """features -> ((features - mean) / deviation) @ projection: of pictures, uncorrelated and with a variance of 1."""

    mean: Tensor
    """(F,)"""
    deviation: Tensor
    """(F,)"""
    projection: Tensor
    """(F, Z)"""


def whitening(features: Tensor) -> Whitening:
    """That of pictures, (N, F), in the PROJECTED directions in which they differ most; fewer if N or F is less."""
    mean, deviation = features.mean(0), features.std(0) + _LEAST_DEVIATION
    _, lengths, directions = torch.linalg.svd((features - mean) / deviation, full_matrices=False)
    # Among N pictures there are N - 1 directions: the last one has no length to divide by.
    kept = min(PROJECTED, len(features) - 1, features.shape[1])
    return Whitening(mean, deviation, (directions[:kept] / (lengths[:kept, None] / len(features) ** 0.5)).T)


class Head(nn.Module):
    """(..., Z) -> (..., K): a linear part, and one of a hidden layer, which begins without effect."""

    def __init__(self, projected: int, changes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(projected, changes)
        self.hidden = nn.Linear(projected, HIDDEN)
        self.out = nn.Linear(HIDDEN, changes)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, z: Tensor) -> Tensor:
        out: Tensor = self.linear(z) + self.out(F.gelu(self.hidden(z)))
        return out

    @torch.no_grad()
    def fit_linear(self, z: Tensor, wanted: Tensor) -> None:
        """Begins with the ridge regression from z (N, Z) to the shares wanted (N, K)."""
        inputs = torch.cat([z, torch.ones(len(z), 1)], 1)
        penalty = torch.ones(inputs.shape[1])
        penalty[-1] = 1e-3  # hardly any for the constant
        penalty = torch.diag(_RIDGE * len(z) * penalty)
        found = torch.linalg.solve(inputs.T @ inputs + penalty, inputs.T @ wanted)
        self.linear.weight.copy_(found[:-1].T)
        self.linear.bias.copy_(found[-1])


class BasisNet(nn.Module):
    """Networks of any picture. Begins with the start as their mean, and the ways from it to learnt networks as changes.

    Args:
        start: the network that the others have learnt from.
        learnt: by painting.
        features: that of the training pictures.
    """

    feature_mean: Tensor
    feature_deviation: Tensor
    projection: Tensor

    def __init__(self, start: LiteNet, learnt: Mapping[str, LiteNet], features: Whitening) -> None:
        super().__init__()
        folded = folded_norms(start).requires_grad_(False)
        self._network = (folded,)  # in a tuple, its weights are none of this module's
        self.paintings: Final = tuple(learnt)
        self._names: Final = varying(folded)
        of_start = folded.state_dict()
        of_learnt = [folded_norms(network).state_dict() for network in learnt.values()]
        self.mean = nn.ParameterList(of_start[name].clone() for name in self._names)
        self.changes = nn.ParameterList(
            torch.stack([weights[name] - of_start[name] for weights in of_learnt]) for name in self._names
        )
        self.register_buffer("feature_mean", features.mean)
        self.register_buffer("feature_deviation", features.deviation)
        self.register_buffer("projection", features.projection)
        self.head = Head(features.projection.shape[1], len(learnt))

    def projected(self, features: Tensor) -> Tensor:
        """(..., F) -> (..., Z) in -FARTHEST..FARTHEST."""
        far = ((features - self.feature_mean) / self.feature_deviation) @ self.projection
        return far.clamp(-FARTHEST, FARTHEST)

    def weights(self, shares: Tensor) -> dict[str, Tensor]:
        """Those of the network with these shares, (K,), by the names of LiteNet."""
        parts = zip(self._names, self.mean, self.changes, strict=True)
        return {name: mean + torch.tensordot(shares, changes, 1) for name, mean, changes in parts}

    def paint(self, weights: Mapping[str, Tensor], image: Tensor, canvas_offset: tuple[float, float]) -> Tensor:
        """What the network with these weights paints; see `LiteNet`."""
        painted: Tensor = functional_call(self._network[0], dict(weights), (image, canvas_offset))
        return painted

    def basis(self) -> Basis:
        """All of it as it is now, to be written."""
        return Basis(
            mean={name: values.detach() for name, values in zip(self._names, self.mean, strict=True)},
            changes={name: values.detach() for name, values in zip(self._names, self.changes, strict=True)},
            head=self.head.state_dict(),
            feature_mean=self.feature_mean,
            feature_deviation=self.feature_deviation,
            projection=self.projection,
            canvas_strength=self._network[0].canvas_strength,
            names=self.paintings,
        )
