"""Lists what is installed, the GPU, and the libraries that ONNX Runtime lacks."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import onnxruntime

from benchmarks.gpu.record import Record
from benchmarks.gpu.setting import Setting
from benchmarks.tools.machine import machine
from nstcam.realtime.engine import availability, devices

PROVIDER = "libonnxruntime_providers_cuda.so"


def measure(setting: Setting, record: Record) -> bool:
    """Returns: whether the device has everything it needs."""
    facts = machine() | runtime_facts() | torch_facts() | {"gpu": gpu_name()}
    record.keep(**facts)
    for name, value in facts.items():
        record.say(f"{name:22} {value}")
    missing = availability.missing(devices.DEVICES[setting.device])
    record.keep(missing=missing)
    if missing is None:
        return True
    record.say(f"missing                {missing}")
    lacking = not_found(Path(onnxruntime.__file__).parent / "capi" / PROVIDER)
    record.keep(not_found=lacking)
    for name in lacking:
        record.say(f"not found              {name}")
    return False


def runtime_facts() -> dict[str, Any]:
    return {
        "onnxruntime in use": f"{onnxruntime.__version__} {Path(onnxruntime.__file__).parent}",
        "built for CUDA": getattr(onnxruntime, "cuda_version", None),
        "providers": ", ".join(onnxruntime.get_available_providers()),
    }


def torch_facts() -> dict[str, Any]:
    try:
        import torch
    except ImportError:
        return {"torch": None}
    return {"torch": torch.__version__, "torch sees CUDA": torch.cuda.is_available()}


def gpu_name() -> str | None:
    """Name, driver and memory of the first GPU, from nvidia-smi; None if it does not run."""
    asked = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    try:
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip().partition("\n")[0]
    except (OSError, subprocess.CalledProcessError):
        return None


def not_found(library: Path) -> list[str]:
    """The libraries this one needs that the dynamic linker does not find; always empty on systems without ldd."""
    try:
        told = subprocess.run(["ldd", str(library)], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    return [line.split()[0] for line in told.splitlines() if "not found" in line]
