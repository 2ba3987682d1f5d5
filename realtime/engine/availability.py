"""Whether a device can run on this machine, and what is missing if it cannot."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import io
import sys
from pathlib import Path
from typing import Final

from nstcam.realtime.engine import cuda_memory
from nstcam.realtime.engine.devices import CPU, CUDA, TENSORRT, Device

_SYSTEMS: Final = {"linux": "Linux", "win32": "Windows", "darwin": "macOS"}


def missing(device: Device) -> str | None:
    """The reason why the device cannot run here, with the cure; None if it should work.

    `get_available_providers()` only lists what was compiled in, and opening a CUDA session without a driver prints
    red errors before it falls back, so the driver is looked for first.
    """
    import onnxruntime

    if device is CPU:
        return None
    if device.systems and sys.platform not in device.systems:
        return f"{device.title} exists for {' and '.join(_SYSTEMS[name] for name in device.systems)} only"
    if device.nvidia:
        reason = missing_driver()
        if reason:
            return reason
    if device.module:
        if importlib.util.find_spec(device.module) is None:
            return f"{device.title} is not installed; pip install {device.package}"
        return None
    if device.provider not in onnxruntime.get_available_providers():
        return (
            f"the installed onnxruntime {onnxruntime.__version__} has no {device.title} support; pip uninstall -y "
            f"onnxruntime onnxruntime-gpu && pip install --force-reinstall {device.package}"
        )
    return missing_library(device) if device.nvidia else None


def missing_driver() -> str | None:
    """The reason why NVIDIA's driver will not do: none, no GPU, or too old for the installed onnxruntime; else None."""
    import onnxruntime

    try:
        driver = cuda_memory.load_driver()
    except OSError:
        return "no NVIDIA driver found"
    if cuda_memory.count_gpus(driver) == 0:
        return "the NVIDIA driver finds no GPU; run nvidia-smi for details"
    built_for = str(getattr(onnxruntime, "cuda_version", "") or "")
    has_major, has_minor = cuda_memory.driver_cuda_version(driver)
    if built_for and int(built_for.partition(".")[0]) > has_major:
        return (
            f"the NVIDIA driver supports CUDA {has_major}.{has_minor}, but onnxruntime {onnxruntime.__version__} needs "
            f"CUDA {built_for}; update the driver"
        )
    return None


def missing_library(device: Device) -> str | None:
    """Loads CUDA, cuDNN and TensorRT from pip's packages, then the provider.

    Returns:
        The loader's message with the cure if the provider cannot be loaded, else None.
    """
    import onnxruntime

    with contextlib.redirect_stdout(io.StringIO()):  # it prints what it cannot find; our message is clearer
        onnxruntime.preload_dlls()
    major = str(getattr(onnxruntime, "cuda_version", "")).partition(".")[0] or "12"
    if device is TENSORRT:
        preload_tensorrt()
    folder = Path(onnxruntime.__file__).parent / "capi"
    kind = "cuda" if device is CUDA else "tensorrt"
    prefix, suffix = ("", ".dll") if sys.platform == "win32" else ("lib", ".so")
    try:
        for name in ("shared", kind):
            ctypes.CDLL(str(folder / f"{prefix}onnxruntime_providers_{name}{suffix}"), ctypes.RTLD_GLOBAL)
    except OSError as error:
        return f"{device.title} cannot be loaded ({error}); pip install {device.libraries.format(cuda=major)}"
    return None


def preload_tensorrt() -> None:
    """Loads TensorRT from pip's package if that is installed."""
    found = importlib.util.find_spec("tensorrt_libs")
    for folder in (found.submodule_search_locations or ()) if found else ():
        for library in sorted(Path(folder).glob("*nvinfer*")) + sorted(Path(folder).glob("*nvonnxparser*")):
            with contextlib.suppress(OSError):
                ctypes.CDLL(str(library), ctypes.RTLD_GLOBAL)
