"""The changes of a basis in as many directions as a picture's features have, however many paintings it is made of."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from nstcam.train.basis.head import Head
from nstcam.train.basis.pack import Basis


def in_directions(basis: Basis) -> Basis:
    """A basis of at most Z changes that makes the same networks.

    Shares are linear in whitened features z (Z,), and networks in shares: mean + changes^T (linear z + bias). So the
    networks of all pictures differ in Z directions. These are found by a singular value decomposition of the map from
    z to weights: the first one is that in which networks differ most. What the bias of the shares changes, the same for
    all pictures, goes into the mean.
    """
    linear, bias = basis.head
    of_all = torch.cat([basis.changes[name].flatten(1) for name in basis.mean], 1)  # (K, weights)
    # (Z, Z), (Z,), (Z, weights)
    left, lengths, right = torch.linalg.svd(linear.T @ of_all, full_matrices=False)
    kept = min(linear.shape)
    directions, moves = (right * lengths[:, None])[:kept], bias @ of_all
    mean, changes, begin = dict[str, Tensor](), dict[str, Tensor](), 0
    for name, values in basis.mean.items():
        end = begin + values.numel()
        mean[name] = values + moves[begin:end].reshape(values.shape)
        changes[name] = directions[:, begin:end].reshape(kept, *values.shape)
        begin = end
    return replace(basis, mean=mean, changes=changes, head=Head(left[:, :kept].T.contiguous(), torch.zeros(kept)))
