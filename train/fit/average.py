"""The moving average of a network's weights, which is what is exported."""

from __future__ import annotations

import copy
from typing import Final

import torch
from torch import Tensor

from nstcam.train.network.networks import LiteNet, TransformerNet


class MovingAverage:
    """A copy of a network whose parameters are a moving average, see `memory`; its buffers are copied unchanged.

    `torch.optim.swa_utils.AveragedModel` is not used: it keeps its update count in a tensor and moves that to the
    device and back for each parameter, which would stall a GPU forty times per step.

    Args:
        network: copied as the first average.
        decay: largest share of the average that an update keeps, 0..1.
        count: updates so far, for a resumed run.
    """

    def __init__(self, network: TransformerNet | LiteNet, decay: float, count: int = 0) -> None:
        self.network: Final = copy.deepcopy(network)
        self._decay, self._count = decay, count

    @torch.no_grad()
    def update(self, network: TransformerNet | LiteNet) -> None:
        """Averages in the network's weights; the first update copies them."""
        kept = memory(self._decay, self._count) if self._count else 0.0
        blend(list(self.network.parameters()), list(network.parameters()), kept)
        for own, new in zip(self.network.buffers(), network.buffers(), strict=True):
            own.copy_(new)
        self._count += 1


def memory(decay: float, count: int) -> float:
    """The share of the average that the next update keeps, 0..1.

    It grows with the number of updates, so that the average of a short run is not dominated by its first weights.
    """
    return min(decay, (1 + count) / (10 + count))


def blend(average: list[Tensor], new: list[Tensor], kept: float) -> None:
    """average + (new - average) (1 - kept), in place; copies if `kept` is 0. Takes only a few launches on a GPU."""
    if not kept:
        for own, other in zip(average, new, strict=True):
            own.copy_(other)
        return
    change = torch._foreach_sub(new, average)
    torch._foreach_mul_(change, 1 - kept)
    torch._foreach_add_(average, change)
