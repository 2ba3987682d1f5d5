"""The precision in which a training computes on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


def loss_dtype(device: torch.device) -> torch.dtype:
    """The loss network's type: bfloat16 on GPUs, which have tensor cores, and on CPUs that multiply it, with AMX's
    matrix units or with AVX-512's products of pairs (AVX512_BF16: Zen 4 and later, Cooper Lake).

    Elsewhere float32, with Winograd convolutions: there bfloat16 would be converted back and forth. Weights, moments,
    Gram matrices and errors are always float32.
    """
    if device.type == "cuda":
        return torch.bfloat16
    # _init_amx is False too if the kernel does not grant AMX, as in some virtual machines.
    multiplies = torch.cpu._init_amx() or torch.cpu._is_avx512_bf16_supported()
    return torch.bfloat16 if multiplies else torch.float32


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
