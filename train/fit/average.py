"""The moving average of a network's weights, which is what gets exported."""

from __future__ import annotations

import copy
from typing import Final

import torch
from torch import Tensor

from nstcam.train.network.networks import LiteNet, TransformerNet


class MovingAverage:
    """A copy of a network whose parameters follow the network's, see `memory`; its buffers are the network's.

    `torch.optim.swa_utils.AveragedModel` counts its updates in a tensor, which it hands to the device and back for each
    parameter: a GPU would stand still forty times a step.

    Args:
        decay: per step, of a long run.
        count: updates so far, of a run that goes on.
    """

    def __init__(self, network: TransformerNet | LiteNet, decay: float, count: int = 0) -> None:
        self.network: Final = copy.deepcopy(network)
        self._decay, self._count = decay, count

    @torch.no_grad()
    def update(self, network: TransformerNet | LiteNet) -> None:
        """Takes the network's weights in; the first ones as they are."""
        kept = memory(self._decay, self._count) if self._count else 0.0
        blend(list(self.network.parameters()), list(network.parameters()), kept)
        for own, new in zip(self.network.buffers(), network.buffers(), strict=True):
            own.copy_(new)
        self._count += 1


def memory(decay: float, count: int) -> float:
    """How much of the average stays at the next update, 0..1; grows with the number of updates, so that a short run is
    not mostly its own beginning."""
    return min(decay, (1 + count) / (10 + count))


def blend(average: list[Tensor], new: list[Tensor], kept: float) -> None:
    """average + (new - average) (1 - kept), in place; 0 copies. All tensors in few launches where they lie on a GPU."""
    if not kept:
        for own, other in zip(average, new, strict=True):
            own.copy_(other)
        return
    change = torch._foreach_sub(new, average)
    torch._foreach_mul_(change, 1 - kept)
    torch._foreach_add_(average, change)
