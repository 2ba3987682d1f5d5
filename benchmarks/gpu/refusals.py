"""Finds out before a step is started whether this machine can run it."""

from __future__ import annotations

from benchmarks.gpu.setting import Setting
from benchmarks.gpu.steps import Need, Step
from nstcam.realtime.engine import availability, devices


def refusal(step: Step, setting: Setting) -> str | None:
    """Why the step cannot run, in one line; None if it can.

    A rehearsal on the CPU runs every step. A rehearsal on CUDA may have stand-ins for the libraries, which compute
    nothing and which PyTorch does not accept.
    """
    reasons = (_MISSING[need](setting) for need in sorted(step.needs))
    return next((reason for reason in reasons if reason), None)


def _without_onnxruntime(setting: Setting) -> str | None:
    device = devices.DEVICES[setting.device]
    if setting.rehearse and device is devices.CPU:
        return None
    if not device.cuda_tensors:
        return f"--device {setting.device} is not an NVIDIA device; use cuda or tensorrt, or run nstcam bench"
    return availability.missing(device)


def _without_pytorch(setting: Setting) -> str | None:
    if setting.rehearse and setting.device == "cpu":
        return None
    try:
        import torch
    except ImportError:
        return "PyTorch is not installed: pip install '.[train]'"
    return None if torch.cuda.is_available() else f"PyTorch {torch.__version__} sees no CUDA GPU"


_MISSING = {"onnxruntime": _without_onnxruntime, "pytorch": _without_pytorch}
assert set(_MISSING) == set(Need.__args__)  # type: ignore[attr-defined]
