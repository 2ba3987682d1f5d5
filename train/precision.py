"""In which precision a training computes on this machine."""

from __future__ import annotations

import torch


def training_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 on GPUs, for their tensor cores, and on CPUs with matrix units for it (Intel AMX); else float32.

    Other CPUs that know bfloat16 are hardly faster with it, if at all, than with Winograd's convolutions in float32.
    Weights, moments, Gram matrices and errors are float32 in any case.
    """
    # Also False where the kernel keeps AMX to itself, as in some virtual machines: there bfloat16 would be slower.
    has_matrix_units = device.type == "cuda" or torch.cpu._init_amx()
    return torch.bfloat16 if has_matrix_units else torch.float32
