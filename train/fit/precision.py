"""In which precision a training computes on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


def loss_dtype(device: torch.device) -> torch.dtype:
    """Of the loss network: bfloat16 on GPUs, for their tensor cores, and on CPUs with Intel AMX, matrix units for it.

    Elsewhere float32: other CPUs that know bfloat16 are hardly faster with it, if at all, than with Winograd's
    convolutions in float32. Weights, moments, Gram matrices and errors are float32 in any case.
    """
    # Also False where the kernel keeps AMX to itself, as in some virtual machines: there bfloat16 would be slower.
    has_matrix_units = device.type == "cuda" or torch.cpu._init_amx()
    return torch.bfloat16 if has_matrix_units else torch.float32


def network_dtype(device: torch.device) -> torch.dtype:
    """Of the network that learns: bfloat16 on GPUs, float32 on CPUs.

    There gradients of bfloat16 weights are not to be relied on: with two threads on AMX those of the first
    resize-convolution were now and then NaN (PyTorch 2.13). Weights of the loss network have no gradients.
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
