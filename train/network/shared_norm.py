"""Batch norm over the pictures of all processes of a training, so that they train as one process with all of them."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from nstcam.train.network.networks import LiteNet, TransformerNet
from nstcam.train.processes import reaching


class SharedNorm(nn.BatchNorm2d):
    """BatchNorm2d whose statistics are those of all processes; each must give it as many values.

    torch.nn.SyncBatchNorm does the same on GPUs only. In evaluation mode, and in a single process, it is BatchNorm2d.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not dist.is_initialized():
            return super().forward(x)
        wide = x.float()
        variance, mean = torch.var_mean(wide, (0, 2, 3), correction=0)
        count = dist.get_world_size()
        moments = torch.stack([mean, variance + mean.square()]).double()
        shared: Tensor = _Sum.apply(moments) / count  # type: ignore[no-untyped-call]
        mean = shared[0].float()
        variance = (shared[1] - shared[0].square()).clamp_min(0).float()
        self._remember(mean.detach(), variance.detach(), x.numel() // x.shape[1] * count)
        scale = self.weight * torch.rsqrt(variance + self.eps)
        shift = self.bias - mean * scale
        return torch.addcmul(shift[:, None, None], wide, scale[:, None, None]).to(x.dtype)

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor, values: int) -> None:
        """Keeps running statistics as BatchNorm2d does: the unbiased variance; without momentum, a plain average."""
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        share = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(variance * (values / max(values - 1, 1)), share)


class _Sum(torch.autograd.Function):
    """The sum over all processes, whose gradient is the sum of all their gradients."""

    @staticmethod
    def forward(_ctx: Any, x: Tensor) -> Tensor:
        return _summed(x)

    @staticmethod
    def backward(_ctx: Any, gradient: Tensor) -> Tensor:
        return _summed(gradient)


def _summed(x: Tensor) -> Tensor:
    total = x.clone(memory_format=torch.contiguous_format)
    with reaching():
        dist.all_reduce(total)
    return total


def share_norms(network: TransformerNet | LiteNet) -> None:
    """Makes the batch norms of a network shared ones, with the same weights. Instance norm sees one picture only."""
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if type(child) is nn.BatchNorm2d:
                shared = SharedNorm(child.num_features, child.eps, child.momentum)
                shared.load_state_dict(child.state_dict())
                setattr(module, name, shared.to(child.weight.device).train(child.training))
