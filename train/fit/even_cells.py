"""Takes the grid out of plain parts of the picture, where it shows: part of the last touch of a training.

LiteNet paints cells of 4x4 pixels, each pixel with weights of its own. What all cells of a wall or a cheek have in
common may then differ from pixel to pixel: a chequerboard, or a weave. The loss network hardly minds. But the last
convolution is linear, so the weights that are as like the trained ones as possible and paint no such pattern are a
least-squares problem, solved at once; they cost nothing per frame.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from nstcam.train.loss.losses import UNSEEN, cells_of_windows
from nstcam.train.network.canvas import CELL
from nstcam.train.network.networks import LiteNet, TransformerNet

_PLACES: Final = CELL * CELL
_WINDOW: Final = 8
"""Cells along the side of a window, 32 px: what is the same in all of them is the grid."""
_KEPT: Final = 1.0
"""How much a change of the detail counts beside as large a pattern that is left. A third of it leaves less of the
pattern, but unsteady outlines (docs/research/training.md)."""


class _Moments(NamedTuple):
    """Second moments (F, F) of what the last convolution sees of a cell; F inputs, the last of which is always 1."""

    alike: Tensor
    """Of the means of windows."""
    apart: Tensor
    """Of the deviations from these."""


@torch.no_grad()
def even_out_cells(network: TransformerNet | LiteNet, pictures: Iterable[Tensor]) -> None:
    """Changes the last convolution so that little of a cell's pattern is left that is the same throughout a window.

    Args:
        network: in evaluation mode. A TransformerNet paints no cells and stays as it is.
        pictures: (N, 3, H, W) RGB in 0..1, with sides of 32 or more, that patterns are looked for in: photographs.
    """
    if not isinstance(network, LiteNet):
        return
    last = network.up2
    assert last.bias is not None
    weight = torch.cat([last.weight.flatten(1), last.bias[:, None]], 1).double()
    alike, apart = _moments(network, pictures, weight)
    # The change that minimises the pattern's squares and, times _KEPT, its own in the detail; a little more keeps the
    # matrix regular where a feature is never seen.
    tiny = 1e-9 * (alike.trace() + apart.trace()) * torch.eye(len(alike)).to(alike)
    share = torch.linalg.solve(alike + _KEPT * apart + tiny, alike)  # of the pattern that is taken away
    weight = weight - _pattern(weight) @ share.T
    last.weight.copy_(weight[:, :-1].reshape(last.weight.shape))
    last.bias.copy_(weight[:, -1])


def _pattern(values: Tensor) -> Tensor:
    """Of each colour's values at the places of a cell, (3 * places, ...): what differs from their mean."""
    by_place = values.view(3, _PLACES, *values.shape[1:])
    return (by_place - by_place.mean(1, keepdim=True)).reshape(values.shape)


def _moments(network: LiteNet, pictures: Iterable[Tensor], weight: Tensor) -> _Moments:
    """Sums over the windows of all pictures; each counts the more, the less detail hides its pattern."""
    seen: list[Tensor] = []
    hook = network.up2.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    alike, apart = (weight.new_zeros(weight.shape[1], weight.shape[1]) for _ in range(2))
    try:
        for picture in pictures:
            network(picture)
            cells = _windows(seen.pop().float())  # (windows, F, cells)
            detail = _pattern((weight.float() @ cells).transpose(0, 1)).square().mean((0, 2))
            rate = (1 / (detail + UNSEEN)).sqrt()[:, None]
            means = cells.mean(2)
            rest = ((cells - means[..., None]) * rate[..., None]).transpose(0, 1).flatten(1)
            means = means * rate
            alike += (means.T @ means).double()
            apart += (rest @ rest.T).double() / cells.shape[2]
    finally:
        hook.remove()
    return _Moments(alike, apart)


def _windows(features: Tensor) -> Tensor:
    """(N, C, rows, columns) -> (windows, 4 C + 1, cells): the inputs of the last convolution, as many whole windows as
    fit, smaller ones in smaller pictures."""
    rows, columns = features.shape[2] - 1, features.shape[3] - 1
    side = min(_WINDOW, rows, columns)
    inputs = F.unfold(features, 2).view(len(features), -1, rows, columns)
    inputs = torch.cat([inputs, torch.ones_like(inputs[:, :1])], 1)
    windows = cells_of_windows(inputs, 1, side)  # (N, F, down, side, 1, across, side, 1)
    return windows.permute(0, 2, 5, 1, 3, 6, 4, 7).reshape(-1, inputs.shape[1], side * side)
