"""The precision in which a training computes on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


def loss_dtype(device: torch.device) -> torch.dtype:
    """The loss network's type: bfloat16 on GPUs, which have tensor cores, and on CPUs with Intel AMX matrix units.

    Elsewhere float32: other CPUs with bfloat16 are hardly faster with it, if at all, than with Winograd convolutions in
    float32. Weights, moments, Gram matrices and errors are always float32.
    """
    # False too if the kernel does not grant AMX, as in some virtual machines: bfloat16 would be slower there.
    has_matrix_units = device.type == "cuda" or torch.cpu._init_amx()
    return torch.bfloat16 if has_matrix_units else torch.float32


def network_dtype(device: torch.device) -> torch.dtype:
    """The trained network's type: bfloat16 on GPUs, float32 on CPUs.

    On CPUs gradients of bfloat16 weights are not reliable: with two threads on AMX, those of the first
    resize-convolution were NaN now and then (PyTorch 2.13). The loss network's weights have no gradients.
    """
    return torch.bfloat16 if device.type == "cuda" else torch.float32


@contextmanager
def tuned(device: torch.device) -> Iterator[None]:
    """Within it cuDNN tries out which of its algorithms is fastest for each convolution that it meets, on GPUs.

    That costs a moment for each new shape; a training meets some dozens, thousands of times.
    """
    before = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = before or device.type == "cuda"
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = before
