"""Device names and ONNX Runtime's execution providers: what to ask for, and what is missing where one cannot run."""

from __future__ import annotations

import contextlib
import ctypes
import io
import sys
from dataclasses import dataclass
from typing import Any, Final

from realtime.errors import DeviceError

Options = dict[str, Any]


@dataclass(frozen=True)
class Device:
    """One row per execution provider that nstcam can ask for."""

    title: str
    """As shown to users."""
    provider: str
    options: Options


CPU: Final = Device("CPU", "CPUExecutionProvider", {})
CUDA: Final = Device(
    "CUDA",
    "CUDAExecutionProvider",
    {
        # The default, EXHAUSTIVE, stalls 0.3 to 1.3 s at every new frame size; DEFAULT is slow for ever.
        "cudnn_conv_algo_search": "HEURISTIC",
        "arena_extend_strategy": "kSameAsRequested",
    },
)
DEVICES: Final = {"cpu": CPU, "cuda": CUDA}
"""By the names that --device takes, besides auto."""


def choose(name: str) -> tuple[Device, str | None]:
    """The device to ask a session for, and one line for the user where `auto` had to settle for the CPU.

    Raises:
        DeviceError: `name` is unknown, or it was asked for and cannot work here; the text names what is missing.
    """
    if name not in ("auto", *DEVICES):
        raise DeviceError(f"device {name} is unknown; there are auto, {', '.join(DEVICES)}")
    if name == "cpu":
        return CPU, None
    missing = missing_for_cuda()
    if missing is None:
        preload_cuda_libraries()
        return CUDA, None
    if name == "cuda":
        raise DeviceError(f"--device cuda: {missing}; or use --device cpu")
    return CPU, f"running on the CPU ({missing})"


def missing_for_cuda() -> str | None:
    """What CUDA lacks here, with the cure; None where it should work.

    `get_available_providers()` only says what was compiled in, and asking for CUDA without a driver prints red errors
    before it falls back: so the driver is looked for first.
    """
    import onnxruntime

    if not nvidia_driver_present():
        return "no NVIDIA driver found"
    if CUDA.provider not in onnxruntime.get_available_providers():
        return (
            f"the installed onnxruntime {onnxruntime.__version__} has no CUDA support: "
            "pip uninstall onnxruntime && pip install --force-reinstall onnxruntime-gpu"
        )
    return None


def nvidia_driver_present() -> bool:
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def preload_cuda_libraries() -> None:
    """Loads CUDA and cuDNN from pip's nvidia packages, which ONNX Runtime does not find by itself."""
    import onnxruntime

    with contextlib.redirect_stdout(io.StringIO()):  # it prints what it cannot find; the session check says it better
        onnxruntime.preload_dlls()
